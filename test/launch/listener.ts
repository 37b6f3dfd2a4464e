/** A program to be launched: it says what it hears, and ends when it was told to end. */
function say(words: string): void {
  process.stdout.write(`${words}\n`);
}

for (const signal of ["SIGINT", "SIGHUP"] as const) process.on(signal, () => say(signal));
process.on("disconnect", () => {
  say("disconnect");
  process.exit();
});
process.on("SIGTERM", () => process.exit(Number(process.argv[2])));
const running = setInterval(() => undefined, 60_000);
running.ref();
say(`ready ${process.pid} ${process.version}`);
