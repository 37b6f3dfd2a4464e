/** `14:03:21` today, with the date on any other day; the reader's own time zone. */
export function clockText(atMs: number): string {
  const at = new Date(atMs);
  const time = at.toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  return at.toDateString() === new Date().toDateString()
    ? time
    : `${at.toLocaleDateString(undefined, { day: "numeric", month: "short" })} ${time}`;
}

/** `14:03`, for promises to people. */
export function minuteText(atMs: number): string {
  return new Date(atMs).toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" });
}
