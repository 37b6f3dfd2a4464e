/** `14:03:21` today, with the date on any other day; the reader's own time zone, 24 hours as people at work read them. */
export function clockText(atMs: number): string {
  const at = new Date(atMs);
  const time = seconds.format(at);
  return at.toDateString() === new Date().toDateString() ? time : `${day.format(at)} ${time}`;
}

/** `14:03` or `2:03 PM`, as the reader's language has it, for promises to people. */
export function minuteText(atMs: number): string {
  return minutes.format(atMs);
}

/** `14:03 – 14:15`, said once where both ends read the same. */
export function windowText(fromMs: number, toMs: number): string {
  return minutes.formatRange(fromMs, toMs);
}

const seconds = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
});
const minutes = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
