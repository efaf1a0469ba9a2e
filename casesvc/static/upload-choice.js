// Choosing files: buttons, the camera, and whatever is dropped on the page; folders are walked to their end.

const SYSTEM_FILES = /^(\.DS_Store|Thumbs\.db|ehthumbs\.db|desktop\.ini|\._.*|\.localized)$/i;
const KINDS = {
  photo: /\.(jpe?g|png|gif|bmp|tiff?|webp|heic|heif|dng|cr[23w]|nef|arw|raf|orf|rw2)$/i,
  video: /\.(mp4|m4v|mov|avi|mkv|wmv|flv|3gp|mts|m2ts|mpe?g|dav|h26[45]|webm)$/i,
  document: /\.(pdf|docx?|xlsx?|pptx?|wps|et|dps|ofd|rtf|txt|odt|ods)$/i,
};

// The kind that name and type of a file suggest.
export function guess({ name, type }) {
  for (const [kind, names] of Object.entries(KINDS)) if (names.test(name)) return kind;
  if (type.startsWith("image/")) return "photo";
  return type.startsWith("video/") ? "video" : "electronic";
}

// In the order of the card: by folder, then by name, 2 before 10; they are begun in it.
const { compare } = new Intl.Collator("zh", { numeric: true });
const folderOf = ({ path }) => path.slice(0, path.lastIndexOf("/") + 1);
const byPlace = (one, other) => compare(folderOf(one), folderOf(other)) || compare(one.path, other.path);

// Of the files chosen those that can be evidence, those that cannot and why, and how many are the system's own.
export function sifted(files, unreadable) {
  const proper = files.filter(({ file }) => !SYSTEM_FILES.test(file.name));
  const empty = proper.filter(({ file }) => !file.size).map((each) => ({ ...each, why: "没有内容（0 字节）" }));
  return {
    wanted: proper.filter(({ file }) => file.size).sort(byPlace),
    omitted: [...empty, ...unreadable].sort(byPlace),
    system: files.length - proper.length,
  };
}

// take([{file, path, camera}], unreadable) is told of each choice; unreadable: [{file: {name, …}, path, why}]
export function listen(root, zone, take) {
  for (const button of root.querySelectorAll("[data-pick]")) {
    const input = document.getElementById(button.dataset.pick);
    if (button.dataset.pick === "pick-folder" && !("webkitdirectory" in input)) button.hidden = true;
    button.addEventListener("click", () => input.click());
    input.addEventListener("change", () => {
      const camera = button.dataset.pick === "pick-camera";
      take([...input.files].map((file) => ({ file, path: file.webkitRelativePath || file.name, camera })), []);
      input.value = "";
    });
  }
  listenForDrops(zone, take);
}

function listenForDrops(zone, take) {
  let depth = 0;
  const carriesFiles = (event) => [...(event.dataTransfer?.types || [])].includes("Files");
  window.addEventListener("dragenter", (event) => {
    if (carriesFiles(event)) zone.classList.toggle("over", ++depth > 0);
  });
  window.addEventListener("dragleave", (event) => {
    if (carriesFiles(event)) zone.classList.toggle("over", --depth > 0);
  });
  window.addEventListener("dragover", (event) => {
    if (carriesFiles(event)) event.preventDefault();
  });
  window.addEventListener("drop", async (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    depth = 0;
    zone.classList.remove("over");
    const { files, unreadable } = await dropped(event.dataTransfer);
    take(files, unreadable);
  });
}

async function dropped(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  const found = { files: [], unreadable: [] };
  if (!entries.length) found.files = [...transfer.files].map((file) => ({ file, path: file.name }));
  for (const entry of entries) await walk(entry, found);
  return found;
}

async function walk(entry, found) {
  const path = entry.fullPath.replace(/^\//, "");
  const nameless = { name: entry.name, type: "", size: 0, lastModified: 0 };
  if (entry.isFile) {
    const file = await new Promise((resolve) => entry.file(resolve, () => resolve(null)));
    if (file) found.files.push({ file, path });
    else if (!SYSTEM_FILES.test(entry.name)) found.unreadable.push({ file: nameless, path, why: "读不到" });
    return;
  }
  const reader = entry.createReader();
  for (;;) {
    // a call gives at most 100 entries
    const some = await new Promise((resolve) => reader.readEntries(resolve, () => resolve(null)));
    if (!some) found.unreadable.push({ file: nameless, path, why: "文件夹读不到" });
    if (!some?.length) return;
    for (const each of some) await walk(each, found);
  }
}
