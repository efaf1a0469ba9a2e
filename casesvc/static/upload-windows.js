// One window sends a queue: two would send the same files beside each other.

const ANSWER = 300; // milliseconds in which another window says that it is there

// Whether no other window of this browser has the queue; from then on this one has it.
export async function alone(owner) {
  const channel = new BroadcastChannel(`casesvc-upload ${owner}`);
  const another = await new Promise((resolve) => {
    channel.onmessage = ({ data }) => data === "here" && resolve(true);
    channel.postMessage("anybody?");
    window.setTimeout(() => resolve(false), ANSWER);
  });
  if (another) {
    channel.close();
    return false;
  }
  channel.onmessage = ({ data }) => data === "anybody?" && channel.postMessage("here");
  return true;
}
