import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** What a child can be asked, by name; each takes one plain value and answers one. */
export type Answers = { readonly [name: string]: (asked: never) => unknown };

type Reply<T> = { readonly answer: T } | { readonly problem: string };

/** A program of this folder in a process of its own. */
export interface Child<A extends Answers> extends AsyncDisposable {
  readonly pid: number;
  /** One question at a time. Rejects with the child's problem, and when it has ended. */
  ask<Name extends keyof A & string>(name: Name, ...asked: Parameters<A[Name]>): Promise<Awaited<ReturnType<A[Name]>>>;
}

const patienceMs = 90_000;

/** Starts it with Node's own flags of this process; it ends when it is disposed of, and when this process ends. */
export function startChild<A extends Answers>(file: string, nodeFlags: readonly string[] = []): Child<A> {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const child = fork(path, { execArgv: [...process.execArgv, ...nodeFlags], serialization: "advanced" });
  const ended = Promise.withResolvers<never>();
  ended.promise.catch(() => undefined);
  child.once("exit", (code, signal) => ended.reject(new Error(`${file} ended: ${code ?? signal}`)));
  return {
    pid: child.pid ?? 0,
    async ask<Name extends keyof A & string>(
      name: Name,
      ...asked: Parameters<A[Name]>
    ): Promise<Awaited<ReturnType<A[Name]>>> {
      child.send({ name, asked: asked[0] });
      const answered = once(child, "message", { signal: AbortSignal.timeout(patienceMs) });
      const [reply]: Reply<Awaited<ReturnType<A[Name]>>>[] = await Promise.race([answered, ended.promise]);
      if (reply && "answer" in reply) return reply.answer;
      throw new Error(`${file} ${name}: ${reply?.problem}`);
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exit = once(child, "exit");
      child.disconnect();
      const timer = setTimeout(() => child.kill("SIGKILL"), 30_000);
      await exit;
      clearTimeout(timer);
    },
  };
}

/** The child's end: answers its parent until that goes away, then disposes of everything and ends. */
export function answerParent(answers: Answers, running: AsyncDisposableStack): void {
  process.on("message", (message) => void reply(answers, message));
  process.once("disconnect", () => void running.disposeAsync().finally(() => process.exit()));
}

async function reply(answers: Answers, message: unknown): Promise<void> {
  const { name, asked } = Object(message);
  try {
    const answer: unknown = await Reflect.apply(answers[String(name)] ?? unknown(String(name)), null, [asked]);
    process.send?.({ answer });
  } catch (problem) {
    process.send?.({ problem: problem instanceof Error ? (problem.stack ?? problem.message) : String(problem) });
  }
}

function unknown(name: string): () => never {
  return () => {
    throw new Error(`nobody answers ${name}`);
  };
}
