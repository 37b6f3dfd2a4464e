import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type LastWill, type Link, LinkDown } from "./link.ts";

/** A broker to test against, and the power to break its connections. */
export interface LinkBench extends AsyncDisposable {
  connect(clientId: string, will?: () => LastWill): Link;
  /** Severs a client's connection without a goodbye; the client comes back by itself. */
  cut(clientId: string): void;
}

const text = (payload: Uint8Array): string => Buffer.from(payload).toString();
const bytes = (content: string): Uint8Array => new TextEncoder().encode(content);
const patience = { timeout: 10_000, interval: 5 };

export function linkSuite(name: string, makeBench: () => Promise<LinkBench>): void {
  describe(`the link over ${name}`, () => {
    let bench: LinkBench;
    let links: Link[] = [];

    beforeEach(async () => {
      bench = await makeBench();
    });
    afterEach(async () => {
      for (const link of links) await link[Symbol.asyncDispose]();
      links = [];
      await bench[Symbol.asyncDispose]();
    });

    async function connected(clientId: string, subscribe?: (link: Link) => void, will?: () => LastWill): Promise<Link> {
      const link = bench.connect(clientId, will);
      links.push(link);
      subscribe?.(link);
      await vi.waitFor(() => expect(link.isConnected).toBe(true), patience);
      return link;
    }

    test("a message reaches those whose filter it matches, in order", async () => {
      const heard: string[] = [];
      await connected("cloud", (link) =>
        link.subscribe("k/+/up/#", (topic, payload) => void heard.push(topic + text(payload))),
      );
      const robot = await connected("robot");

      for (const letter of ["a", "b", "c"]) await robot.publish("k/1/up/p0", bytes(letter));
      await robot.publish("k/1/down", bytes("d"));
      await robot.publish("k/1/up/p1", bytes("e"));

      await vi.waitFor(() => expect(heard).toHaveLength(4), patience);
      expect(heard).toEqual(["k/1/up/p0a", "k/1/up/p0b", "k/1/up/p0c", "k/1/up/p1e"]);
    });

    test("a subscription made on a live link hears too", async () => {
      const heard: string[] = [];
      const cloud = await connected("cloud");
      const robot = await connected("robot");

      cloud.subscribe("k/up", (_topic, payload) => void heard.push(text(payload)));

      await vi.waitFor(async () => {
        await robot.publish("k/up", bytes("a"));
        expect(heard).toContain("a");
      }, patience);
    });

    test("one message is taken after another", async () => {
      const log: string[] = [];
      await connected("cloud", (link) =>
        link.subscribe("k/up", async (_topic, payload) => {
          log.push(`begin ${text(payload)}`);
          await new Promise((resolve) => setImmediate(resolve));
          log.push(`end ${text(payload)}`);
        }),
      );
      const robot = await connected("robot");

      await Promise.all([robot.publish("k/up", bytes("a")), robot.publish("k/up", bytes("b"))]);

      await vi.waitFor(() => expect(log).toHaveLength(4), patience);
      expect(log).toEqual(["begin a", "end a", "begin b", "end b"]);
    });

    test("who subscribes later hears what was retained", async () => {
      const heard: string[] = [];
      const robot = await connected("robot");

      await robot.publish("k/link", bytes("online"), { retain: true });
      await connected("cloud", (link) => link.subscribe("k/link", (_topic, payload) => void heard.push(text(payload))));

      await vi.waitFor(() => expect(heard).toEqual(["online"]), patience);
    });

    test("a cut connection speaks its last will, comes back by itself and still hears", async () => {
      const heard: string[] = [];
      const changes: boolean[] = [];
      await connected("cloud", (link) => link.subscribe("k/link", (_topic, payload) => void heard.push(text(payload))));
      const robot = await connected(
        "robot",
        (link) => link.subscribe("k/ack", (_topic, payload) => void heard.push(`ack ${text(payload)}`)),
        () => ({ topic: "k/link", payload: bytes("broken") }),
      );
      robot.onChange((isConnected) => changes.push(isConnected));

      bench.cut("robot");

      await vi.waitFor(() => expect(heard).toContain("broken"), patience);
      await vi.waitFor(() => expect(changes).toEqual([false, true]), patience);
      await robot.publish("k/ack", bytes("back"));
      await vi.waitFor(() => expect(heard).toContain("ack back"), patience);
    });

    test("a link that is severed says no goodbye, and comes back by itself", async () => {
      const heard: string[] = [];
      const changes: boolean[] = [];
      await connected("cloud", (link) => link.subscribe("k/link", (_topic, payload) => void heard.push(text(payload))));
      const robot = await connected("robot", undefined, () => ({ topic: "k/link", payload: bytes("broken") }));
      robot.onChange((isConnected) => changes.push(isConnected));

      robot.sever();

      await vi.waitFor(() => expect(heard).toContain("broken"), patience);
      await vi.waitFor(() => expect(changes).toEqual([false, true]), patience);
    });

    test("a link that says goodbye leaves no will", async () => {
      const heard: string[] = [];
      const cloud = await connected("cloud", (link) => link.subscribe("k/+", (topic) => void heard.push(topic)));
      const robot = await connected("robot", undefined, () => ({ topic: "k/link", payload: bytes("broken") }));

      await robot[Symbol.asyncDispose]();
      await cloud.publish("k/marker", bytes("later"));

      await vi.waitFor(() => expect(heard).toContain("k/marker"), patience);
      expect(heard).not.toContain("k/link");
    });

    test("without a connection a publish is refused and nothing is queued", async () => {
      const robot = await connected("robot");

      await robot[Symbol.asyncDispose]();

      await expect(robot.publish("k/up", bytes("a"))).rejects.toThrow(LinkDown);
    });

    test("a taker that throws costs the connection, not the process", async () => {
      const changes: boolean[] = [];
      const cloud = await connected("cloud", (link) =>
        link.subscribe("k/up", () => {
          throw new Error("this message is poison");
        }),
      );
      const robot = await connected("robot");
      cloud.onChange((isConnected) => changes.push(isConnected));

      await robot.publish("k/up", bytes("a"));

      await vi.waitFor(() => expect(changes).toEqual([false, true]), patience);
    });
  });
}
