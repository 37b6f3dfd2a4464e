import type { IndicatorSignal } from "@kerbside/hardware/indicator/indicator";
import { Alarm } from "@kerbside/proto/base/alarm";
import type { Clock } from "@kerbside/proto/base/clock";
import { uuidV7 } from "@kerbside/proto/base/ids";
import type { Rng } from "@kerbside/proto/base/rng";
import { type Stream, topics } from "@kerbside/proto/robot/topics";
import type { LinkMessage } from "@kerbside/proto/robot/uplink";
import { connectivityDefaults } from "@kerbside/proto/states/connectivity";
import { Follower } from "@kerbside/sync/downlink";
import { type Link, type SenderReport, Uplink, unpackSigned } from "@kerbside/sync/uplink";
import { carryOut } from "./acts.ts";
import { TokenSource } from "./cloud.http.ts";
import type { Input } from "./core/core.ts";
import { flushIntervalMs, flushIntervalOf, sampleOf } from "./core/heartbeat-policy.ts";
import { signalOf } from "./core/signal.ts";
import type { RobotDevices } from "./devices.ts";
import { type Happening, HappeningLog } from "./happenings.ts";
import { Heartbeats } from "./heartbeats.ts";
import { identityFile, type RobotIdentity, robotKey } from "./identity.node.ts";
import { type Connect, connectByMqtt, isRefused, linkWord } from "./link.ts";
import { Loop, type Turn } from "./loop.ts";
import { Ed25519Seals } from "./seals.node.ts";
import { Senses } from "./senses.ts";
import { type AgentStatus, statusOf } from "./status.ts";
import { Stores } from "./storage/stores.ts";
import { TrustKeeper } from "./trust.node.ts";

/** Where the cloud is. The robot keeps its own clock, disk and devices; this is all it knows of the world outside. */
export interface CloudAddress {
  /** `http://host:port`, for tokens and shapes. */
  readonly httpUrl: string;
  /** `mqtt://host:1883` or `mqtts://host:8883`. */
  readonly mqttUrl: string;
}

export interface RobotAgentOptions {
  /** From `identify`, which reads it from `dataDir` or enrols. */
  readonly identity: RobotIdentity;
  /** This robot's folder; two agents must never share one. */
  readonly dataDir: string;
  readonly cloud: CloudAddress;
  readonly devices: RobotDevices;
  readonly clock: Clock;
  readonly rng: Rng;
  /** Version of this software, for the record. */
  readonly software: string;
  /** What the journal may take of the disk; 256 MiB when left out. */
  readonly journalBytesMax?: number;
  /** How to reach the broker; mqtt.js over TCP to `cloud.mqttUrl` when left out. */
  readonly connect?: Connect;
  /** Hears what happens here that an operator may want to read; each repetition once. */
  readonly onHappening?: (happening: Happening) => void;
}

const tickMs = 1_000;
/** A line that is opened anew is back by then. */
const lidSilentTicks = 4;
/** How long a clean stop waits for the cloud to take what is left. */
const drainMs = 2_000;

/**
 * One robot's program: senses, core, disk, uplink, mirror and heartbeats put together. It runs from construction, with
 * or without a network, until it is disposed of (which says goodbye) or abandoned (which does not).
 */
export class RobotAgent implements AsyncDisposable {
  readonly bootId: string;
  readonly #options: RobotAgentOptions;
  readonly #startedMs: number;
  readonly #log: HappeningLog;
  readonly #stores: Stores;
  readonly #tokens: TokenSource;
  readonly #link: Link;
  readonly #uplink: Uplink;
  readonly #loop: Loop;
  readonly #senses: Senses;
  readonly #heartbeats: Heartbeats;
  readonly #follower: Follower;
  readonly #alarm: Alarm;
  #nextTickMs: number;
  #isStartWritten = false;
  #lidSilentTicks = 0;
  #wasLinked = false;
  #isLinkPoor = false;
  #isOver = false;
  #final: AgentStatus | null = null;
  #shown: IndicatorSignal = "dark";

  constructor(options: RobotAgentOptions) {
    const { identity, dataDir, clock, rng, devices, journalBytesMax } = options;
    const { robot_id: robotId } = identity;
    const key = robotKey(identity.private_key);
    this.#options = options;
    this.#startedMs = clock.monotonic();
    this.#nextTickMs = this.#startedMs;
    this.bootId = this.#newId();
    this.#log = new HappeningLog(() => clock.now(), options.onHappening ?? (() => undefined));
    this.#stores = new Stores({
      robotId,
      dataDir,
      key,
      clock,
      ...(journalBytesMax !== undefined && { journalBytesMax }),
    });
    const seals = new Ed25519Seals(robotId, identity.trust);
    const trust = new TrustKeeper(identityFile(dataDir), identity, { seals, log: this.#log });
    const { httpUrl } = options.cloud;
    this.#tokens = new TokenSource({ httpUrl, robotId, key, clock, rng, onTrust: (told) => trust.hear(told) });
    this.#loop = this.#startLoop(seals);
    this.#link = this.#connect();
    this.#uplink = new Uplink({
      robotId,
      bootId: this.bootId,
      link: this.#link,
      outboxes: this.#stores.outboxes,
      sign: (text) => key.sign(text),
      clock,
      rng,
      onReport: (stream, report) => this.#hearReport(stream, report),
      onAck: (ack) => ack.time && this.#feed({ type: "signed_time", signed: ack.time }),
    });
    this.#heartbeats = new Heartbeats({
      append: (batch) => {
        this.#stores.telemetry.append(batch);
        this.#uplink.appended("p2");
      },
      onProblem: ({ message }) => this.#log.add({ type: "heartbeats_lost", message }),
    });
    this.#writeStart();
    this.#senses = new Senses(
      devices,
      (input) => this.#feed(input),
      () => this.#newId(),
    );
    this.#senses.lookAround();
    this.#follower = this.#follow();
    this.#alarm = new Alarm(clock, () => this.#tick());
    this.#tick();
  }

  /** What is known now; of an agent that has ended, what was known at its end. */
  status(): AgentStatus {
    if (this.#final) return this.#final;
    const { identity, clock, software, devices } = this.#options;
    return statusOf({
      identity,
      software,
      bootId: this.bootId,
      uptimeMs: clock.monotonic() - this.#startedMs,
      monotonicMs: clock.monotonic(),
      wallMs: clock.now(),
      trustedMs: this.#loop.trustedMs(),
      core: this.#loop.core,
      lidReading: devices.lid.read(),
      isLinked: this.#link.isConnected,
      streams: this.#uplink.status(),
      mirror: this.#follower.status(),
      problems: this.#log.problems,
    });
  }

  /** A clean stop: the wheels hold, the lid stays as it is, what is left goes up if it can, and the cloud hears goodbye. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isOver) return;
    this.#feed({ type: "shutdown" });
    this.#heartbeats.flush(flushIntervalMs.parked);
    this.#alarm[Symbol.dispose]();
    this.#senses[Symbol.dispose]();
    await this.#drain();
    await this.#say({ state: "offline" });
    await this.#close();
    this.#log.add({ type: "stopped" });
  }

  /** Ends at once and says nothing, as a power cut does; the devices stay as they are. */
  async abandon(): Promise<void> {
    if (this.#isOver) return;
    this.#alarm[Symbol.dispose]();
    this.#senses[Symbol.dispose]();
    this.#link.sever();
    await this.#close();
  }

  #startLoop(seals: Ed25519Seals): Loop {
    const { identity, clock, rng, devices } = this.#options;
    const { journal, work } = this.#stores;
    const loop: Loop = new Loop({
      robotId: identity.robot_id,
      clock,
      rng,
      seals,
      journal,
      work,
      carryOut: (act) =>
        carryOut(act, devices, { feed: (input) => this.#feed(input), trustedMs: () => loop.trustedMs() }),
      onTurn: (turn) => this.#afterTurn(turn),
      onFault: ({ message }) => this.#log.add({ type: "disk_fault", message }),
    });
    return loop;
  }

  #connect(): Link {
    const { identity, cloud, clock, rng, connect } = this.#options;
    const robotId = identity.robot_id;
    const link = (connect ?? connectByMqtt(cloud.mqttUrl))({
      clientId: robotId,
      credentials: async () => ({ username: robotId, password: await this.#tokens.token() }),
      will: () => linkWord(robotId, { state: "connection_broken", boot_id: this.bootId, at: clock.now() }),
      clock,
      rng,
      onProblem: (problem) => {
        if (isRefused(problem)) this.#tokens.forget();
        this.#log.add({ type: "link_problem", message: problem.message });
      },
    });
    link.subscribe(topics.command(robotId), (topic, payload) => {
      const signed = unpackSigned(payload);
      if (signed.ok) this.#feed({ type: "command", signed: signed.value });
      else this.#log.add({ type: "message_unreadable", topic, detail: `${signed.error.code}: ${signed.error.detail}` });
    });
    link.onChange((isConnected) => {
      this.#log.add({ type: isConnected ? "link_up" : "link_down" });
      this.#isLinkPoor = false;
      if (!isConnected) return;
      // The mirror's request may hang on the network that is gone, or wait for its next try.
      if (this.#wasLinked) this.#follower.wake();
      this.#wasLinked = true;
      void this.#say({ state: "online" });
    });
    return link;
  }

  #follow(): Follower {
    const { identity, cloud, clock, rng } = this.#options;
    return new Follower({
      url: `${cloud.httpUrl}/shapes/robot:${identity.robot_id}/mirror`,
      token: () => this.#tokens.token(),
      store: this.#stores.work.mirror,
      clock,
      rng,
      onChange: (changed) => this.#feed({ type: "mirror", changed }),
      onProblem: (problem) => {
        if (problem.kind === "stream_failed" && problem.status === 401) this.#tokens.forget();
        this.#log.add({ type: "mirror_problem", problem });
      },
    });
  }

  #newId(): string {
    return uuidV7(this.#options.clock, this.#options.rng);
  }

  #feed(input: Input): void {
    if (!this.#isOver) this.#loop.feed(input);
  }

  #tick(): void {
    const { clock } = this.#options;
    const wasFaulty = this.#loop.core.journalFault !== null;
    this.#loop.tick();
    if (wasFaulty && this.#loop.core.journalFault === null) this.#log.add({ type: "disk_recovered" });
    if (!this.#isStartWritten) this.#writeStart();
    this.#senses.glance(this.#loop.core.body);
    this.#measureLink();
    this.#hearLid();
    const { core } = this.#loop;
    const nowMs = clock.monotonic();
    this.#heartbeats.take(sampleOf(core, Math.round(this.#loop.trustedMs())), nowMs, flushIntervalOf(core));
    // Seconds that were slept through are not made up for.
    const nextMs = this.#nextTickMs + tickMs;
    this.#nextTickMs = nextMs > nowMs ? nextMs : nowMs + tickMs;
    this.#alarm.set(this.#nextTickMs);
  }

  /** The first fact of this boot. On a disk that takes nothing it is owed until it does. */
  #writeStart(): void {
    const { journal, work } = this.#stores;
    const { reason, lost, movedTo } = journal.condition;
    const head = journal.entries.head;
    this.#loop.feed({
      type: "journal_started",
      started: { boot_id: this.bootId, reason, software: this.#options.software },
    });
    this.#isStartWritten = journal.entries.head > head;
    if (!this.#isStartWritten) return;
    this.#log.add({ type: "started", bootId: this.bootId, reason });
    if (lost.length > 0) this.#log.add({ type: "entries_lost", seqs: lost });
    for (const moved of [movedTo, work.movedTo]) if (moved) this.#log.add({ type: "file_moved_aside", movedTo: moved });
  }

  #afterTurn({ core, hasP0, hasP1 }: Turn): void {
    if (hasP0) this.#uplink.appended("p0");
    if (hasP1) this.#uplink.appended("p1");
    const { indicator } = this.#options.devices;
    const signal = signalOf(core);
    if (signal !== this.#shown) indicator.show(signal);
    this.#shown = signal;
  }

  #hearReport(stream: Stream, report: SenderReport): void {
    this.#log.add({ type: "uplink_report", stream, report });
    if (report.kind !== "disk_lied") return;
    // The sender is in the middle of a step; it is given its new epoch when it is done.
    queueMicrotask(() => {
      if (this.#isOver) return;
      const epoch = this.#stores.beginEpoch(stream);
      this.#log.add({ type: "epoch_begun", stream, epoch });
      this.#uplink.reopened(stream);
      const { bootId } = this;
      const { software } = this.#options;
      const started = { boot_id: bootId, reason: "repaired", software } as const;
      if (stream === "p0") this.#feed({ type: "journal_started", started });
    });
  }

  /** Whoever reads the log hears of a lid that stays away, not of each lost frame. */
  #hearLid(): void {
    const isSilent = this.#options.devices.lid.read().faults.includes("comms_lost");
    const wasTold = this.#lidSilentTicks >= lidSilentTicks;
    this.#lidSilentTicks = isSilent ? this.#lidSilentTicks + 1 : 0;
    if (isSilent && this.#lidSilentTicks === lidSilentTicks) this.#log.add({ type: "lid_silent" });
    if (!isSilent && wasTold) this.#log.add({ type: "lid_heard" });
  }

  /** The cloud hears when the link becomes poor and when it is well again, not each of its moods. */
  #measureLink(): void {
    const streams = [...this.#uplink.status().values()];
    const rttMs = Math.max(0, ...streams.map((stream) => stream.rttMs ?? 0));
    const loss = Math.max(0, ...streams.map((stream) => stream.loss));
    const { degradedRttMs, degradedLossShare } = connectivityDefaults;
    const isPoor = this.#link.isConnected && (rttMs > degradedRttMs || loss > degradedLossShare);
    if (isPoor !== this.#isLinkPoor) void this.#say({ state: "online", rtt_ms: Math.round(rttMs), loss });
    this.#isLinkPoor = isPoor;
  }

  async #say(word: Pick<LinkMessage, "state" | "rtt_ms" | "loss">): Promise<void> {
    const { identity, clock } = this.#options;
    const { topic, payload } = linkWord(identity.robot_id, { ...word, boot_id: this.bootId, at: clock.now() });
    // Without a connection there is nobody to tell; the next connect says it again.
    await this.#link.publish(topic, payload, { retain: true }).catch(() => undefined);
  }

  async #drain(): Promise<void> {
    const { clock } = this.#options;
    const untilMs = clock.monotonic() + drainMs;
    const isDrained = (): boolean => [...this.#uplink.status().values()].every(({ head, acked }) => acked >= head);
    while (this.#link.isConnected && !isDrained() && clock.monotonic() < untilMs) await clock.sleep(20);
  }

  async #close(): Promise<void> {
    this.#final = this.status();
    this.#isOver = true;
    await this.#follower[Symbol.asyncDispose]();
    await this.#link[Symbol.asyncDispose]();
    this.#uplink[Symbol.dispose]();
    this.#stores[Symbol.dispose]();
  }
}
