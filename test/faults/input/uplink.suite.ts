import { randomUUID } from "node:crypto";
import { uplinkLimits } from "@kerbside/proto/robot/uplink";
import { topics } from "@kerbside/proto/robot/topics";
import { robotGatewayRoutes } from "@kerbside/proto/routes/robot-gateway";
import { packBatch, packLink } from "@kerbside/sync/uplink";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { send } from "../world/call.ts";
import { Journal } from "../world/journal.ts";
import { wireTo } from "../world/mqtt.ts";
import { ourselves } from "../world/ourselves.ts";
import { until, type World } from "../world/world.ts";

const { listQuarantine } = robotGatewayRoutes;
type Quarantined = ReturnType<typeof listQuarantine.reply.parse>["items"];

/** Whatever a robot sends, the next good batch is taken, and what could not be read is kept for people to see. */
export function uplinkSuite(world: () => World): void {
  let journal: Journal;
  let said = 0;
  beforeAll(async () => {
    journal = await Journal.open(world().platform.mqttUrl, world().aspan.robot);
    await goesOn();
  });
  afterAll(() => journal[Symbol.asyncDispose]());

  const goesOn = async (): Promise<void> => {
    said += 1;
    const body = { dimension: "service", from: "a", to: "b", reason: `word ${said}` } as const;
    await journal.record("p1", { type: "state_changed", body });
  };
  const quarantine = async (): Promise<Quarantined> => {
    const { platform, aspan } = world();
    const params = { robot_id: aspan.robot.id };
    const { text } = await send(
      platform.url,
      listQuarantine,
      { params, query: { limit: 200 } },
      aspan.people.mechanic.session,
    );
    return listQuarantine.reply.parse(JSON.parse(text)).items;
  };
  const connectivity = async (): Promise<unknown> => {
    const text = "select state from robot_gateway.link where robot_id = $1";
    return (await world().sql(text, [journal.robot.id]))[0]?.["state"];
  };
  const publish = (bytes: Uint8Array, stream: "p0" | "p1" | "p2" = "p1") =>
    journal.wire.publish(topics.up(journal.robot.id, stream), Buffer.from(bytes));

  const good = () => journal.batch("p1");
  const packed = (change: object): Uint8Array => packBatch({ ...good(), ...change });
  const unreadable: readonly (readonly [what: string, bytes: () => Uint8Array, reason: RegExp])[] = [
    ["nothing", () => new Uint8Array(), /malformed/],
    ["a megabyte", () => new Uint8Array(1_048_576), /too_large/],
    ["noise", () => Buffer.from("ffc1ffc1ffc1", "hex"), /malformed/],
    ["JSON", () => Buffer.from('{"v":1}'), /malformed/],
    ["ten thousand levels", () => new Uint8Array(10_001).fill(0x91), /too_deep/],
    ["a list of four billion", () => Buffer.from("ddffffffff", "hex"), /malformed/],
    ["a batch cut short", () => packed({}).subarray(0, 40), /malformed/],
    ["a batch with something behind it", () => Buffer.concat([packed({}), Buffer.from([0])]), /malformed/],
    ["a version of tomorrow", () => packed({ v: 2 }), /unknown_version/],
    ["an unknown stream", () => packed({ stream: "p7" }), /invalid/],
    ["another stream's batch", () => packed({ stream: "p2" }), /stream: says p2 on the topic of p1/],
    ["an epoch that is no number", () => packed({ epoch: Number.NaN }), /invalid/],
    ["an epoch below zero", () => packed({ epoch: -1 }), /invalid/],
    ["a number beyond all numbers", () => packed({ first_seq: 2 ** 63 }), /invalid|malformed/],
    ["no entries", () => packed({ entries: [] }), /invalid/],
    [
      "too many entries",
      () => packed({ entries: Array.from({ length: uplinkLimits.entriesMax + 1 }, () => 0) }),
      /invalid/,
    ],
    ["a prototype", () => packed({ ["__proto__x"]: 1, entries: "x" }), /invalid/],
  ];

  describe("a batch that cannot be read", () => {
    test.each(unreadable)("%s is set aside, and what comes next is taken", async (_what, bytes, reason) => {
      const before = total(await quarantine());

      await publish(bytes());
      await goesOn();

      await until(async () => total(await quarantine()) > before, "it is in quarantine");
      expect((await quarantine())[0]?.reason).toMatch(reason);
    });
  });

  describe("bytes that are no message of MQTT", () => {
    const word = (bytes: Buffer): Buffer =>
      Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 255]), bytes]);
    const packet = (type: number, ...parts: readonly Buffer[]): Buffer => {
      const body = Buffer.concat(parts);
      const length: number[] = [];
      for (let left = body.length; left > 0 || length.length === 0; left >>= 7)
        length.push((left & 127) | (left > 127 ? 128 : 0));
      return Buffer.concat([Buffer.from([type, ...length]), body]);
    };
    const said = (topic: Buffer, payload = Buffer.from("x")): Buffer =>
      packet(0x32, word(topic), Buffer.from([0, 1]), payload);
    const up = (): string => topics.up(world().boran.robot.id, "p1");

    test.each([
      ["a topic that is no text", () => said(Buffer.from([0xff, 0xfe, 0xc0, 0xaf]))],
      ["a topic with a NUL", () => said(Buffer.from(`${up()}\0`))],
      ["a topic with a wildcard", () => said(Buffer.from("kerbside/v1/+/up/p1"))],
      ["no topic", () => said(Buffer.alloc(0))],
      ["a topic of a thousand levels", () => said(Buffer.from("a/".repeat(1_000)))],
      ["a topic longer than its packet", () => packet(0x32, Buffer.from([0xff, 0xff, 0x61]))],
      ["a message above every limit", () => said(Buffer.from(up()), Buffer.alloc(5 * 1_048_576))],
      ["a packet without end", () => Buffer.from([0x32, 0xff, 0xff, 0xff, 0x7f])],
      ["a length without end", () => Buffer.from([0x32, 0xff, 0xff, 0xff, 0xff, 0xff])],
      [
        "a second greeting",
        () => packet(0x10, word(Buffer.from("MQTT")), Buffer.from([4, 2, 0, 5]), word(Buffer.from("x"))),
      ],
      ["a type that there is none of", () => Buffer.from([0x00, 0x00, 0xf3, 0x00])],
      ["an answer of the broker's", () => Buffer.from([0x20, 0x02, 0x00, 0x00, 0xd0, 0x00])],
    ] satisfies readonly (readonly [string, () => Buffer])[])(
      "%s: who says it may be cut off, the others go on",
      async (_what, bytes) => {
        const { platform, boran } = world();
        const { id, token } = boran.robot;
        await using wire = await wireTo(platform.mqttUrl, { clientId: id, username: id, password: token });
        await using ear = await wireTo(platform.mqttUrl, await ourselves(world()));
        await ear.subscribe("#");

        await wire.isClosedFor(bytes());
        await goesOn();

        const others = ear.received.filter(
          ({ topic }) => !topic.includes(journal.robot.id) && !topic.startsWith("$SYS"),
        );
        expect(others.filter(({ topic }) => topic !== topics.link(id))).toEqual([]);
        expect(await (await fetch(`${platform.url}/readyz`)).json()).toMatchObject({ ready: true });
      },
    );
  });

  describe("a word on its link", () => {
    const word = (change: object): Uint8Array =>
      packLink({ v: 1, state: "online", boot_id: randomUUID(), at: Date.now(), ...change });
    test.each([
      ["of nothing", () => new Uint8Array()],
      ["of a megabyte", () => new Uint8Array(1_048_576)],
      ["of ten thousand levels", () => new Uint8Array(10_001).fill(0x91)],
      ["that is JSON", () => Buffer.from('{"state":"online"}')],
      ["of a state that there is none of", () => word({ state: "on_fire" })],
      ["from beyond all times", () => word({ at: Number.MAX_SAFE_INTEGER })],
      ["from before all times", () => word({ at: -Number.MAX_SAFE_INTEGER })],
      ["that will wake after all times", () => word({ state: "hibernating", back_at: Number.MAX_SAFE_INTEGER })],
      ["that was back before all times", () => word({ state: "offline", back_at: -Number.MAX_SAFE_INTEGER })],
      ["of a link that is slower than endless", () => word({ rtt_ms: 1e300, loss: -1 })],
      ["with a NUL", () => word({ boot_id: "a\u0000b" })],
    ] satisfies readonly (readonly [string, () => Uint8Array])[])(
      "%s keeps nobody else's from being heard",
      async (_what, bytes) => {
        const { platform, boran } = world();
        const { id, token } = boran.robot;
        await using liar = await wireTo(platform.mqttUrl, { clientId: id, username: id, password: token });

        await liar.publish(topics.link(id), Buffer.from(bytes()));
        await journal.wire.publish(topics.link(journal.robot.id), Buffer.from(word({})));
        await until(async () => (await connectivity()) === "online", "the robot is online");
        await journal.wire.publish(topics.link(journal.robot.id), Buffer.from(word({ state: "offline" })));
        await until(async () => (await connectivity()) === "offline", "the robot is offline");

        expect(await (await fetch(`${platform.url}/readyz`)).json()).toMatchObject({ ready: true });
      },
    );
  });

  describe("an entry that cannot be read", () => {
    const entry = (change: object): object => ({
      type: "state_changed",
      event_time: Date.now(),
      actor: { kind: "robot", id: world().aspan.robot.id },
      body: { dimension: "service", from: "a", to: "b", reason: null },
      ...change,
    });
    test.each([
      ["an unknown type", () => entry({ type: "coffee_made" })],
      ["an unknown word in its body", () => entry({ body: { dimension: "mood", from: "a", to: "b", reason: null } })],
      ["a NUL", () => entry({ body: { dimension: "service", from: "a\u0000", to: "b", reason: null } })],
      ["an actor of no kind", () => entry({ actor: { kind: "god", id: "1" } })],
      ["no body", () => entry({ body: null })],
      [
        "a gap that nobody signed",
        () => ({ type: "gap", from_seq: 0, to_seq: 1e9, reason: "thinned", event_time: 1, signature: "x" }),
      ],
    ])("%s is set aside, and those behind it are taken", async (_what, make) => {
      const before = total(await quarantine());

      journal.smuggle("p1", make());
      await goesOn();

      await until(async () => total(await quarantine()) > before, "it is in quarantine");
      expect((await quarantine())[0]?.stream).toBe("p1");
    });
  });

  test("a fact from beyond all times is kept, and other services hear of it", async () => {
    const words = [randomUUID(), randomUUID()];
    for (const [index, event_time] of [Number.MAX_SAFE_INTEGER, -1e15].entries()) {
      const body = { dimension: "service", from: "a", to: "b", reason: words[index] };
      journal.smuggle("p1", {
        type: "state_changed",
        event_time,
        actor: { kind: "robot", id: journal.robot.id },
        body,
      });
    }
    await goesOn();

    const changes = () => world().sql("select reason from state.change where reason = any($1)", [words]);
    await until(async () => (await changes()).length === 2, "state has heard of both");
    expect(new Set((await changes()).map(({ reason }) => reason))).toEqual(new Set(words));
  });

  describe("a batch that is in form and not in order", () => {
    test("of an epoch that the robot did not sign is not admitted", async () => {
      await publish(packed({ epoch: good().epoch + 1, epoch_proof: Buffer.alloc(64).toString("base64") }));
      await goesOn();

      expect(await epochs(world())).toEqual([journal.epoch]);
    });

    test("of an old epoch changes nothing", async () => {
      await publish(packed({ epoch: 1 }));
      await goesOn();

      expect(await epochs(world())).toEqual([journal.epoch]);
    });

    test("ten times the same has one effect", async () => {
      await goesOn();
      const bytes = packed({});
      for (let count = 0; count < 10; count += 1) await publish(bytes);
      await goesOn();

      const rows = await world().sql(
        "select count(*)::int as rows, count(distinct seq)::int as seqs from robot_gateway.journal where robot_id = $1 and epoch = $2",
        [journal.robot.id, journal.epoch],
      );
      expect(rows[0]?.["rows"]).toBe(rows[0]?.["seqs"]);
    });
  });

  test("noise fills neither the quarantine nor the memory", async () => {
    for (let count = 0; count < 100; count += 1) await publish(Buffer.from(randomUUID()));
    await goesOn();

    expect(total(await quarantine())).toBeLessThan(100);
    expect(await (await fetch(`${world().platform.url}/readyz`)).json()).toMatchObject({ ready: true });
  });
}

function total(items: Quarantined): number {
  return items.reduce((sum, { times }) => sum + times, 0);
}

async function epochs({ sql, aspan }: World): Promise<readonly number[]> {
  const text = "select epoch::float8 from robot_gateway.uplink_cursor where robot_id = $1 and stream = 'p1'";
  return (await sql(text, [aspan.robot.id])).map(({ epoch }) => Number(epoch));
}
