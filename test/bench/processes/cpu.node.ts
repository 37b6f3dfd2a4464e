import { readdirSync, readFileSync } from "node:fs";

/** A tick of the counters in /proc; Linux says 100 a second to every program. */
const ticksASecond = 100;

/** CPU seconds that a process and all its descendants, those that have ended too, spent until now. Linux only. */
export function treeCpuSeconds(pid: number): { readonly own: number; readonly descendants: number } {
  const processes = new Map(
    readdirSync("/proc").flatMap((name) => (/^\d+$/.test(name) ? readProcess(Number(name)) : [])),
  );
  const isBelow = (id: number): boolean => {
    const parent = processes.get(id)?.parent;
    return parent !== undefined && (parent === pid || isBelow(parent));
  };
  const descendants = [...processes].filter(([id]) => isBelow(id)).reduce((sum, [, { seconds }]) => sum + seconds, 0);
  return { own: processes.get(pid)?.seconds ?? 0, descendants };
}

interface Process {
  readonly parent: number;
  readonly seconds: number;
}

/** The name in the line may hold anything, so fields are counted from its closing bracket (proc_pid_stat(5)). */
function readProcess(pid: number): readonly (readonly [number, Process])[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
    return [[pid, { parent: Number(fields[1]), seconds: ticks / ticksASecond }]];
  } catch {
    // It has ended meanwhile.
    return [];
  }
}
