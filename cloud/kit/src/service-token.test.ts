import { VirtualClock } from "@kerbside/proto/base/clock.virtual";
import { expect, test } from "vitest";
import { serviceAuthenticator, signServiceToken } from "./service-token.ts";

const secret = Buffer.alloc(32, 7);

function bearing(token: string): Request {
  return new Request("http://peer/v1", { headers: { authorization: `Bearer ${token}` } });
}

test("a service is known by its token", async () => {
  const clock = new VirtualClock();
  const token = await signServiceToken("dispatch", { secret, clock });

  const principal = await serviceAuthenticator({ secret, clock }).authenticate(bearing(token));

  expect(principal).toEqual({ kind: "service", id: "dispatch", organizationId: null });
});

test("a token older than a minute is refused", async () => {
  const clock = new VirtualClock();
  const token = await signServiceToken("dispatch", { secret, clock });

  await clock.advance(70_000);

  await expect(serviceAuthenticator({ secret, clock }).authenticate(bearing(token))).rejects.toMatchObject({
    code: "unauthenticated",
  });
});

test("a token under another secret is refused", async () => {
  const clock = new VirtualClock();
  const token = await signServiceToken("dispatch", { secret: Buffer.alloc(32, 8), clock });

  await expect(serviceAuthenticator({ secret, clock }).authenticate(bearing(token))).rejects.toMatchObject({
    code: "unauthenticated",
  });
});

test.each(["opaque-token", "e30.e30.e30"])("the token “%s” is somebody else's to judge", async (token) => {
  const clock = new VirtualClock();

  expect(await serviceAuthenticator({ secret, clock }).authenticate(bearing(token))).toBeNull();
});
