import { createServer } from "node:http";
import { candidates } from "../contract/servers.ts";
import { answerParent } from "./child.node.ts";
import { portOf } from "./http.node.ts";

/** One candidate, serving two endpoints without anything behind them. */
const running = new AsyncDisposableStack();

const answers = {
  async serve(name: string): Promise<string> {
    const listener = candidates[name]?.();
    if (!listener) throw new Error(`no candidate “${name}”; there are: ${Object.keys(candidates).join(", ")}`);
    const server = createServer({ noDelay: true }, listener);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    running.defer(() => server.closeAllConnections());
    return `http://127.0.0.1:${portOf(server.address())}`;
  },
};
export type ContractProcess = typeof answers;

answerParent(answers, running);
