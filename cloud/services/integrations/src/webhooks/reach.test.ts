import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { endpoint } from "../tables.ts";
import { type World, world } from "../world.harness.ts";
import { Hooks, never, patience } from "./hooks.harness.ts";
import { HttpPost } from "./post.http.ts";
import { delaysMs } from "./schedule.ts";

let here: World;
let hooks: Hooks;
beforeAll(async () => {
  here = await world(inject("postgresUrl"));
  hooks = new Hooks(here);
});
afterAll(() => here[Symbol.asyncDispose]());

type Hook = Awaited<ReturnType<Hooks["listening"]>>;

/** What the partner reads of the one message that this address was sent. */
async function logOf(hook: Hook) {
  const [{ message_id } = { message_id: "" }] = await hook.messages();
  return hooks.mine.getWebhookMessage({ params: { ...hook.params, message_id } });
}

describe("an address that was saved", () => {
  test("and leads inside by now is not reached, and the partner reads why", async () => {
    await using hook = await hooks.listening();
    await point(hook, "https://rebinding.test/hook");
    const rebound = new Hooks(here, new HttpPost({ loopback: true }, async () => ["10.0.0.1"]));
    await hook.test();

    await rebound.sendAll();

    expect(await logOf(hook)).toMatchObject({
      state: "retrying",
      log: [{ status: null, answer: expect.stringMatching(/does not have a public address/) }],
    });
  });

  test.each([
    "https://10.1/",
    "https://0xa9fea9fe/latest/meta-data",
    "https://[::ffff:192.168.0.1]/",
    "https://[64:ff9b::a00:1]/",
    "http://192.168.0.1/",
    "file:///etc/passwd",
  ])("as %s, before that was refused, is not connected to", async (url) => {
    await using hook = await hooks.listening();
    await point(hook, url);
    await hook.test();

    await hooks.sendAll();

    expect((await logOf(hook)).log).toMatchObject([{ status: null, answer: expect.stringMatching(/^the address is/) }]);
  });

  test.each([301, 302, 307, 308])("and redirects by %i leads nowhere else", async (status) => {
    await using inside = await hooks.listening();
    await using hook = await hooks.listening((_request, response) =>
      response.writeHead(status, { location: inside.url }).end(),
    );
    await hook.test();

    await hooks.sendAll();

    expect((await logOf(hook)).log).toMatchObject([{ status }]);
    expect(inside.arrived).toEqual([]);
  });
});

test("a receiver whose answer drips is cut off after 15 s, and its next try is due as for any other", async () => {
  await using hook = await hooks.listening((_request, response) => {
    response.writeHead(200).write("a");
  });
  await hook.test();

  expect(await hooks.sender.begin(never)).toBe(1);
  await expect.poll(() => hook.arrived.length, patience).toBe(1);
  await here.clock.advance(15_000);
  await hooks.sender.idle();

  const [message] = await hook.messages();
  const inMs = Date.parse(message?.next_attempt_at ?? "") - here.clock.now();
  expect(message?.state).toBe("retrying");
  expect(inMs).toBeGreaterThanOrEqual(delaysMs[1]);
  expect(inMs).toBeLessThanOrEqual(delaysMs[1] * 1.1);
});

async function point({ endpoint_id }: Hook, url: string): Promise<void> {
  await here.started.db.update(endpoint).set({ url }).where(eq(endpoint.endpoint_id, endpoint_id));
}
