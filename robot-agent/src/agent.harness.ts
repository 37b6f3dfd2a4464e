import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock as clock } from "@kerbside/proto/base/clock.system";
import { systemRng as rng } from "@kerbside/proto/base/rng.system";
import { RobotAgent, type RobotAgentOptions } from "./agent.ts";
import { SimulatedBody } from "./body.sim.ts";
import { SimulatedCloud } from "./cloud.sim.ts";
import { identify } from "./enrol.ts";
import { errand, errandGrants, errandMission } from "./errand.sim.ts";

/** Everything around an agent, in real time: a cloud that knows its claim code, a body at the hub, a disk of its own. */
export class Workbench implements AsyncDisposable {
  readonly cloud: SimulatedCloud;
  readonly body: SimulatedBody;
  readonly dataDir: string;
  readonly running: AsyncDisposableStack;

  private constructor(running: AsyncDisposableStack, cloud: SimulatedCloud) {
    this.running = running;
    this.cloud = cloud;
    this.body = running.use(new SimulatedBody({ clock, rng, place: errand.hub, gnssNoiseM: 0 }));
    this.dataDir = mkdtempSync(join(tmpdir(), "kerbside-agent-"));
  }

  static async open(): Promise<Workbench> {
    const running = new AsyncDisposableStack();
    const cloud = running.use(new SimulatedCloud(clock));
    await cloud.start();
    cloud.claim(errand.robotId, errand.claimCode);
    return new Workbench(running, cloud);
  }

  /** Any number may be started one after the other on the same disk and body; all end with the bench. */
  async start(change: Partial<RobotAgentOptions> = {}): Promise<RobotAgent> {
    const { dataDir, body } = this;
    const { httpUrl, mqttUrl } = this.cloud;
    const known = { dataDir, httpUrl, claimCode: errand.claimCode, clock, rng };
    const identity = await identify(known, AbortSignal.timeout(10_000));
    const parts = { identity, dataDir, cloud: { httpUrl, mqttUrl }, devices: body, clock, rng, software: "test" };
    return this.running.use(new RobotAgent({ ...parts, ...change }));
  }

  /** The errand, with the merchant's code and the customer's PIN. */
  order(): void {
    this.cloud.mission(errandMission(clock.now()));
    for (const grant of errandGrants(clock.now())) this.cloud.grant(grant);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.running.disposeAsync();
    rmSync(this.dataDir, { recursive: true });
  }
}
