// Codes come from the camera of a phone or from a hand scanner, which is a keyboard: both call one function.

const FORMATS = { native: ["qr_code", "code_128"], library: ["QRCode", "Code128"] };
const AGAIN = 2500; // ms in which the camera may see the same label once
const EVERY = 150; // ms between two pictures
const APART = 5 * 60 * 1000; // ms that a clock may differ from the service's

/** Reads codes in `box` (parts_places.html: reader) and gives each to `take`, which returns what to tell: { good, words }. */
export function readCodes(box, take) {
  const form = box.querySelector("[data-code-form]");
  const input = box.querySelector("[data-code]");
  let waiting = Promise.resolve();
  const give = (code) => {
    waiting = waiting.then(() => take(code)).then((said) => tell(box, said), (reason) => tell(box, { good: false, words: reason.message }));
    return waiting;
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const code = input.value.trim();
    input.value = "";
    input.focus();
    if (code) give(code);
  });
  camera(box, give);
}

/** Asks the service; a refusal becomes an Error with its words. Its time is compared with the clock of this device. */
export async function ask(url, options = {}) {
  let answer;
  try {
    answer = await fetch(url, { ...options, headers: { accept: "application/json", ...options.headers } });
  } catch {
    throw new Error("连接中断，没有登记，请检查网络后重新扫描。");
  }
  compareClocks(answer.headers.get("date"));
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(said.detail || "系统出错，请重试。");
  return said;
}

export function post(url, body) {
  const token = document.cookie.match(/(?:^|; )csrftoken=([^;]*)/);
  const headers = { "content-type": "application/json", "x-csrftoken": token ? decodeURIComponent(token[1]) : "" };
  return ask(url, { method: "POST", headers, body: JSON.stringify(body) });
}

export function lookUp(code) {
  return ask(`/api/v1/scan?code=${encodeURIComponent(code)}`);
}

function tell(box, said) {
  if (!said) return;
  const line = box.querySelector("[data-said]");
  line.textContent = said.words;
  line.className = `reader-said ${said.good ? "is-good" : "is-bad"}`;
  navigator.vibrate?.(said.good ? 60 : [80, 60, 80]);
}

function compareClocks(date) {
  const off = date ? Date.now() - Date.parse(date) : 0;
  const note = document.querySelector("[data-clock]");
  if (!note || Number.isNaN(off)) return;
  note.hidden = Math.abs(off) < APART;
  const minutes = Math.round(Math.abs(off) / 60000);
  const long = minutes < 120 ? `${minutes} 分钟` : `${Math.round(minutes / 60)} 小时`;
  note.textContent = `本机时钟${off > 0 ? "快" : "慢"}约 ${long}。登记的时间以服务器为准；请把本机时间设为自动。`;
}

function camera(box, give) {
  const button = box.querySelector("[data-camera]");
  const view = box.querySelector("[data-view]");
  const video = box.querySelector("[data-video]");
  const words = box.querySelector("[data-camera-words]");
  let stream = null;
  let timer = 0;
  let last = { code: "", at: 0 };
  const stop = () => {
    clearTimeout(timer);
    stream?.getTracks().forEach((track) => track.stop());
    stream = null;
    view.hidden = true;
    words.textContent = "相机扫码";
    button.setAttribute("aria-pressed", "false");
  };
  const look = async (read) => {
    if (!stream) return;
    try {
      const code = video.readyState >= 2 ? await read(video) : "";
      const now = Date.now();
      if (code && (code !== last.code || now - last.at > AGAIN)) await give(code);
      if (code) last = { code, at: now };
    } catch {
      // one picture that cannot be read: the next one comes
    }
    if (stream) timer = setTimeout(look, EVERY, read);
  };
  button.addEventListener("click", async () => {
    if (stream) return stop();
    if (!navigator.mediaDevices?.getUserMedia) return tell(box, { good: false, words: "浏览器只在 HTTPS 网址下允许使用相机，请联系管理员；可以先用扫码枪或手工输入。" });
    button.disabled = true;
    try {
      const [read, opened] = await Promise.all([reading(), navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1280 } } })]);
      stream = opened;
      video.srcObject = stream;
      view.hidden = false;
      await video.play();
      words.textContent = "关闭相机";
      button.setAttribute("aria-pressed", "true");
      look(read);
    } catch (reason) {
      stop();
      tell(box, { good: false, words: REASONS[reason.name] || "相机没有打开，可以用扫码枪或手工输入。" });
    }
    button.disabled = false;
  });
  addEventListener("pagehide", stop);
}

const REASONS = {
  NotAllowedError: "没有使用相机的权限：请在浏览器的网站设置中允许，或用扫码枪、手工输入。",
  NotFoundError: "没有找到相机，请用扫码枪或手工输入。",
  NotReadableError: "相机正被其他程序使用，请关闭后重试。",
};

/** A function that reads one picture: the browser's own, or the library's where it has none. */
async function reading() {
  if ("BarcodeDetector" in window) {
    const known = await BarcodeDetector.getSupportedFormats().catch(() => []);
    if (FORMATS.native.every((format) => known.includes(format))) {
      const detector = new BarcodeDetector({ formats: FORMATS.native });
      return async (video) => (await detector.detect(video))[0]?.rawValue || "";
    }
  }
  const zxing = await library();
  const canvas = document.createElement("canvas");
  const paper = canvas.getContext("2d", { willReadFrequently: true });
  return async (video) => {
    canvas.width = video.videoWidth;
    canvas.height = video.videoHeight;
    paper.drawImage(video, 0, 0);
    const picture = paper.getImageData(0, 0, canvas.width, canvas.height);
    const found = await zxing.readBarcodes(picture, { formats: FORMATS.library, maxNumberOfSymbols: 1 });
    return found[0]?.text || "";
  };
}

async function library() {
  if (!window.ZXingWASM) {
    await new Promise((done, failed) => {
      const script = document.createElement("script");
      script.src = "/static/vendor/zxing_reader.js";
      script.addEventListener("load", done);
      script.addEventListener("error", failed);
      document.head.append(script);
    });
    await window.ZXingWASM.prepareZXingModule({ overrides: { locateFile: () => "/static/vendor/zxing_reader.wasm" }, fireImmediately: true });
  }
  return window.ZXingWASM;
}
