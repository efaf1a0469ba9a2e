// Sizes, durations and times as the other pages write them.

export function sized(number) {
  let value = number;
  for (const unit of ["B", "KB", "MB"]) {
    if (value < 1024) return `${unit === "B" ? Math.round(value) : value.toFixed(1)} ${unit}`;
    value /= 1024;
  }
  return `${value.toFixed(1)} GB`;
}

export function lasting(seconds) {
  if (seconds < 60) return `约 ${Math.ceil(seconds)} 秒`;
  if (seconds < 3600) return `约 ${Math.ceil(seconds / 60)} 分钟`;
  return `约 ${(seconds / 3600).toFixed(1)} 小时`;
}

// 2026-11-24 14:05:09
export function beijing(moment) {
  return new Date(moment).toLocaleString("sv-SE", { timeZone: "Asia/Shanghai" });
}

// The folder of a path with its slash; nothing for a file chosen alone.
export function folderOf(path, name) {
  return path.length > name.length + 1 ? path.slice(0, path.length - name.length) : "";
}
