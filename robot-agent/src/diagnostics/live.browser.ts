/** Asks for the page every two seconds and takes over the words that changed; nothing else moves under a finger. */
export const liveScript = `
const live = document.getElementById("live");
const silence = document.getElementById("silence");
const wordsOf = (part) => [...part.querySelectorAll(".headline, .as-of, dt, dd, li")];
let heardAt = Date.now();
setInterval(async () => {
  try {
    const answer = await fetch("/", { signal: AbortSignal.timeout(1800) });
    const next = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("live");
    const [old, fresh] = [wordsOf(live), wordsOf(next)];
    if (old.length !== fresh.length) live.replaceChildren(...next.childNodes);
    else for (const [i, { textContent }] of fresh.entries()) if (old[i].textContent !== textContent) old[i].textContent = textContent;
    heardAt = Date.now();
    silence.textContent = "";
  } catch {
    silence.textContent = "Not answering for " + Math.round((Date.now() - heardAt) / 1000) + " s: what stands here is stale.";
  }
}, 2000);
`;
