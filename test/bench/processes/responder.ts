import { systemClock } from "@kerbside/proto/base/clock.system";
import { systemRng } from "@kerbside/proto/base/rng.system";
import { MqttLink } from "@kerbside/sync/uplink";
import { answerParent } from "./child.node.ts";

/** The other end of the ping-pong. */
const running = new AsyncDisposableStack();

const answers = {
  async connect(url: string): Promise<void> {
    const link = running.use(new MqttLink({ url, clientId: "responder", clock: systemClock, rng: systemRng }));
    link.subscribe("ping", (_topic, payload) => void link.publish("pong", payload));
    while (!link.isConnected) await systemClock.sleep(5);
  },
};
export type ResponderProcess = typeof answers;

answerParent(answers, running);
