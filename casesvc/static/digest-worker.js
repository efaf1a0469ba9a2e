"use strict";
// SHA-256 of files, off the page's thread: read in blocks, so that memory stays flat however large a file is.
// In: {id, file} or {drop: id}. Out: {id, read} while reading, then {id, sha256} or {id, fault}.
importScripts("vendor/sha256.umd.min.js");

const BLOCK = 4 * 1024 * 1024; // bytes
const dropped = new Set();
let last = Promise.resolve();

self.onmessage = ({ data }) => {
  if (data.drop) dropped.add(data.drop);
  else last = last.then(() => digest(data.id, data.file));
};

async function digest(id, file) {
  try {
    const hasher = await self.hashwasm.createSHA256();
    hasher.init();
    let told = 0;
    for (let at = 0; at < file.size; at += BLOCK) {
      if (dropped.delete(id)) return;
      hasher.update(new Uint8Array(await file.slice(at, at + BLOCK).arrayBuffer()));
      const now = performance.now();
      if (now - told > 150) {
        self.postMessage({ id, read: Math.min(at + BLOCK, file.size) });
        told = now;
      }
    }
    self.postMessage({ id, sha256: hasher.digest("hex") });
  } catch (reason) {
    self.postMessage({ id, fault: String(reason) });
  }
}
