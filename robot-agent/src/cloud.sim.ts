import { createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTcpServer, type Server as TcpServer, type Socket } from "node:net";
import type { Clock } from "@kerbside/proto/base/clock";
import type { Command } from "@kerbside/proto/robot/command";
import type { Grant } from "@kerbside/proto/robot/grant";
import type { JournalEntry, JournalType } from "@kerbside/proto/robot/journal";
import type { MirrorKind } from "@kerbside/proto/robot/mirror";
import type { Mission } from "@kerbside/proto/robot/mission";
import type { Signed } from "@kerbside/proto/robot/signed";
import { parseTopic, type Stream, topics } from "@kerbside/proto/robot/topics";
import { signingKeyText, type Trust } from "@kerbside/proto/robot/trust";
import type { LinkMessage } from "@kerbside/proto/robot/uplink";
import { SimulatedShape } from "@kerbside/sync/downlink/shape.sim";
import {
  packAck,
  packSigned,
  type Received,
  receive,
  type StoredEntry,
  type StreamCursor,
  unpackBatch,
  unpackLink,
} from "@kerbside/sync/uplink";
import { Aedes } from "aedes";
import { publicKey } from "./seals.node.ts";

const root = generateKeyPairSync("ed25519");
const gateway = generateKeyPairSync("ed25519");
const tokenLifeS = 600;

/** What a robot that enrolled here is known by, and all that came from it. */
export interface KnownRobot {
  readonly robotId: string;
  readonly shape: SimulatedShape;
  readonly stored: Record<Stream, StoredEntry[]>;
  readonly linkWords: LinkMessage[];
  readonly verdicts: Received["verdict"][];
  readonly suspicions: string[];
  publicKey: string | null;
}

/**
 * The cloud as a robot sees it, in one process: enrolment, tokens, mirror shape, broker, and a gateway that keeps what
 * comes up. Real HTTP, a real broker (aedes) and the real receiving side of the uplink; only the database is missing.
 */
export class SimulatedCloud implements AsyncDisposable {
  readonly robots = new Map<string, KnownRobot>();
  readonly #clock: Clock;
  readonly #claims = new Map<string, string>();
  readonly #cursors = new Map<string, StreamCursor>();
  readonly #sockets = new Set<Socket>();
  #version = 0;
  #issued = 0;
  #broker: Aedes | null = null;
  #mqtt: TcpServer | null = null;
  #http: Server | null = null;
  #mqttPort = 0;
  #httpPort = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get httpUrl(): string {
    return `http://127.0.0.1:${this.#httpPort}`;
  }

  get mqttUrl(): string {
    return `mqtt://127.0.0.1:${this.#mqttPort}`;
  }

  /** Announces a robot, as a technician does. */
  claim(robotId: string, claimCode: string): KnownRobot {
    const known: KnownRobot = {
      robotId,
      shape: new SimulatedShape(robotId),
      stored: { p0: [], p1: [], p2: [] },
      linkWords: [],
      verdicts: [],
      suspicions: [],
      publicKey: null,
    };
    this.#claims.set(claimCode, robotId);
    this.robots.set(robotId, known);
    return known;
  }

  /** Begins to listen, on the same ports as before. */
  async start(): Promise<void> {
    const broker = await Aedes.createBroker();
    broker.authenticate = (client, username, password, done) =>
      done(null, this.#isToken(username ?? "", password?.toString() ?? "") && client.id === username);
    await new Promise<void>((resolve) => {
      broker.subscribe(
        "kerbside/v1/#",
        (packet, done) => {
          const payload = typeof packet.payload === "string" ? Buffer.from(packet.payload) : packet.payload;
          this.#hear(packet.topic, payload);
          done();
        },
        resolve,
      );
    });
    this.#broker = broker;
    this.#mqtt = createTcpServer((socket) => {
      this.#keep(socket.setNoDelay(true));
      broker.handle(socket);
    });
    this.#http = createServer((request, response) => void this.#answer(request, response));
    this.#http.on("connection", (socket) => this.#keep(socket));
    this.#mqttPort = await listen(this.#mqtt, this.#mqttPort);
    this.#httpPort = await listen(this.#http, this.#httpPort);
  }

  /** Nobody answers any more, as in a tunnel; what is stored stays. */
  async stop(): Promise<void> {
    for (const { shape } of this.robots.values()) shape.wake();
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
    const { promise, resolve } = Promise.withResolvers<void>();
    if (this.#broker) this.#broker.close(resolve);
    else resolve();
    await promise;
    this.#broker = null;
    this.#mqtt?.close();
    this.#http?.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  mission(mission: Mission): void {
    this.#put(mission.robot_id, "mission", mission.mission_id, JSON.stringify(mission));
  }

  grant(grant: Grant): void {
    this.#put(grant.robot_id, "grant", grant.grant_id, JSON.stringify(seal("grant", grant)));
  }

  flag(robotId: string, key: string, on: boolean): void {
    this.#put(robotId, "flag", key, JSON.stringify({ key, on }));
  }

  withdraw(robotId: string, kind: MirrorKind, id: string): void {
    this.#put(robotId, kind, id, null);
  }

  /** Sends a command along the roads that are named; the answer is the signed text. */
  command(command: Omit<Command, "v" | "issued_seq">, roads: readonly ("shape" | "mqtt")[]): Signed {
    this.#issued += 1;
    const signed = seal("command", { v: 1, issued_seq: this.#issued, ...command });
    if (roads.includes("shape")) this.#put(command.robot_id, "command", command.command_id, JSON.stringify(signed));
    if (roads.includes("mqtt")) this.#publish(topics.command(command.robot_id), packSigned(signed));
    return signed;
  }

  /** The facts of one kind that this robot reported, oldest first. */
  facts<T extends JournalType>(robotId: string, type: T): readonly Extract<JournalEntry, { type: T }>[] {
    const { p0, p1 } = this.#known(robotId).stored;
    return [...p0, ...p1].flatMap((stored) => {
      return stored.kind === "fact" && isOfType(stored.entry, type) ? [stored.entry] : [];
    });
  }

  #known(robotId: string): KnownRobot {
    const known = this.robots.get(robotId);
    if (!known) throw new Error(`no robot ${robotId} was announced`);
    return known;
  }

  #put(robotId: string, kind: MirrorKind, id: string, body: string | null): void {
    this.#version += 1;
    this.#known(robotId).shape.put({ kind, id, version: this.#version, body });
  }

  #publish(topic: string, payload: Uint8Array): void {
    const packet = { cmd: "publish", topic, payload: Buffer.from(payload), qos: 1, retain: false, dup: false } as const;
    this.#broker?.publish(packet, () => undefined);
  }

  #hear(topic: string, payload: Uint8Array): void {
    const to = parseTopic(topic);
    const known = to && this.robots.get(to.robotId);
    if (!known) return;
    if (to.kind === "link") {
      const word = unpackLink(payload);
      if (word.ok) known.linkWords.push(word.value);
    }
    if (to.kind === "up") this.#receive(known, payload);
  }

  #receive(known: KnownRobot, payload: Uint8Array): void {
    const batch = unpackBatch(payload);
    if (!batch.ok) throw new Error(`unreadable batch: ${batch.error.code} ${batch.error.detail}`);
    const { robotId } = known;
    const { stream } = batch.value;
    const key = `${robotId}/${stream}`;
    const received = receive(this.#cursors.get(key) ?? null, batch.value, {
      id: robotId,
      verify: (text, signature) => known.publicKey !== null && isSignedBy(publicKey(known.publicKey), text, signature),
    });
    known.verdicts.push(received.verdict);
    if (received.suspicion) known.suspicions.push(received.suspicion);
    if (received.cursor) this.#cursors.set(key, received.cursor);
    known.stored[stream].push(...received.store);
    const at = this.#clock.now();
    const time = seal("time", { v: 1, robot_id: robotId, at });
    if (received.ack) {
      this.#publish(topics.ack(robotId, stream), packAck({ ...received.ack, cloud_time: at, time }));
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? "";
    const [, robotId = ""] = /^\/shapes\/robot:([0-9a-f-]+)\/mirror\?/.exec(path) ?? [];
    const known = this.robots.get(robotId);
    if (known) {
      const token = request.headers.authorization?.replace("Bearer ", "") ?? "";
      if (!this.#isToken(robotId, token)) return void response.writeHead(401).end();
      return known.shape.answer(request, response);
    }
    const chunks: Uint8Array[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    const body: Readonly<Record<string, string>> = JSON.parse(Buffer.concat(chunks).toString() || "{}");
    if (path === "/v1/robots/enrol") return this.#enrol(body, response);
    if (path === "/v1/robots/token") return this.#issueToken(body["assertion"] ?? "", response);
    response.writeHead(404).end();
  }

  #enrol(body: Readonly<Record<string, string>>, response: ServerResponse): void {
    const robotId = this.#claims.get(body["claim_code"] ?? "");
    const known = robotId === undefined ? null : this.#known(robotId);
    const isFree = known?.publicKey === null || known?.publicKey === body["public_key"];
    if (!known || !isFree) return refuse(response, 403, "claim_refused");
    known.publicKey = body["public_key"] ?? null;
    const name = `Robot ${known.robotId.slice(-4)}`;
    answerJson(response, 201, { robot_id: known.robotId, organization_id: known.robotId, name, trust: trustOf() });
  }

  #issueToken(assertion: string, response: ServerResponse): void {
    const [head = "", claims = "", signature = ""] = assertion.split(".");
    const { iss }: { iss?: string } = JSON.parse(Buffer.from(claims, "base64url").toString() || "{}");
    const key = this.robots.get(iss ?? "")?.publicKey;
    const signed = Buffer.from(signature, "base64url").toString("base64");
    if (!key || !isSignedBy(publicKey(key), `${head}.${claims}`, signed))
      return refuse(response, 401, "credential_refused");
    const nowS = Math.floor(this.#clock.now() / 1_000);
    const text = Buffer.from(JSON.stringify({ sub: iss, iat: nowS, exp: nowS + tokenLifeS })).toString("base64url");
    const token = `e30.${text}.${sign(null, Buffer.from(text), gateway.privateKey).toString("base64url")}`;
    answerJson(response, 200, {
      token,
      expires_at: new Date((nowS + tokenLifeS) * 1_000).toISOString(),
      trust: trustOf(),
    });
  }

  #isToken(robotId: string, token: string): boolean {
    const [, claims = "", signature = ""] = token.split(".");
    const signed = Buffer.from(signature, "base64url").toString("base64");
    if (!isSignedBy(createPublicKey(gateway.privateKey), claims, signed)) return false;
    const { sub }: { sub?: string } = JSON.parse(Buffer.from(claims, "base64url").toString());
    return sub === robotId;
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    socket.on("error", () => undefined);
  }
}

function trustOf(): Trust {
  const named = { key_id: "k1", public_key: raw(gateway.publicKey) };
  const signature = sign(null, Buffer.from(signingKeyText(named)), root.privateKey).toString("base64");
  return { root_key: raw(root.publicKey), signing_keys: [{ ...named, root_signature: signature }] };
}

function seal(context: Signed["context"], payload: unknown): Signed {
  const bytes = Buffer.from(JSON.stringify(payload));
  const signature = sign(null, Buffer.concat([Buffer.from(`${context}\0`), bytes]), gateway.privateKey);
  return { context, payload: bytes.toString("base64"), key_id: "k1", signature: signature.toString("base64") };
}

function raw(key: KeyObject): string {
  return Buffer.from(key.export({ format: "jwk" }).x ?? "", "base64url").toString("base64");
}

function isSignedBy(key: KeyObject, text: string, signature: string): boolean {
  return verify(null, Buffer.from(text), key, Buffer.from(signature, "base64"));
}

function isOfType<T extends JournalType>(entry: JournalEntry, type: T): entry is Extract<JournalEntry, { type: T }> {
  return entry.type === type;
}

function refuse(response: ServerResponse, status: number, code: string): void {
  answerJson(response, status, { type: "about:blank", title: code, status, code });
}

function answerJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

async function listen(server: TcpServer | Server, port: number): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen(port, "127.0.0.1", resolve);
  await promise;
  const address = server.address();
  if (typeof address !== "object" || !address) throw new Error("the server has no port");
  return address.port;
}
