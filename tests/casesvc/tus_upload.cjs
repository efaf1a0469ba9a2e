// A file sent by tus-js-client under Node, cut off once and gone on with by a second client of its own.
const fs = require("node:fs");
const tus = require("tus-js-client");

const { endpoint, path, headers, metadata, cut } = JSON.parse(process.argv[2]);

function send(options, stopAt) {
  return new Promise((resolve, reject) => {
    const upload = new tus.Upload(fs.createReadStream(path), {
      headers,
      metadata,
      endpoint,
      chunkSize: 3 * 1024 * 1024,
      uploadSize: fs.statSync(path).size,
      ...options,
      onError: reject,
      onSuccess: () => resolve(upload.url),
      onChunkComplete: (_size, accepted) => {
        if (accepted >= stopAt) upload.abort(false).then(() => resolve(upload.url));
      },
    });
    upload.start();
  });
}

(async () => {
  const url = await send({}, cut);
  console.log(await send({ uploadUrl: url }, Infinity));
})().catch((reason) => {
  console.error(reason);
  process.exit(1);
});
