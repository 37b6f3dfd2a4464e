import { describe, expect, test } from "vitest";
import { bearerToken, hashOf, isAlive, linkExpiry, linkUrl } from "./tracking-link.ts";

const token = `trk_${"a".repeat(43)}`;

describe("a request carries a link", () => {
  test.each<[string, string | null, string | null]>([
    ["as a bearer token", `Bearer ${token}`, token],
    ["whatever the scheme's case", `bearer ${token}`, token],
    ["even one that cannot be right, to be refused as one", "Bearer trk_x", "trk_x"],
    ["not as another credential", "Bearer eyJhbGciOi", null],
    ["not with another scheme", `Basic ${token}`, null],
    ["not with words behind it", `Bearer ${token} x`, null],
    ["not without one", null, null],
  ])("%s", (_title, header, expected) => {
    expect(bearerToken(header)).toBe(expected);
  });
});

test("only what can be a token has a hash, and the hash does not tell it", () => {
  expect(hashOf(token)).toMatch(/^[0-9a-f]{64}$/);
  expect(hashOf(`${token}a`)).toBeNull();
  expect(hashOf("trk_'; drop table tracking_link; --")).toBeNull();
});

test("the token is in the fragment, which no server sees", () => {
  expect(linkUrl("http://127.0.0.1:4100/", token)).toBe(`http://127.0.0.1:4100/t#${token}`);
});

describe("a link dies", () => {
  const nine = Date.UTC(2026, 0, 5, 9);
  const link = { expires_at: "2026-01-05T09:00:00.000Z", revoked_at: null };

  test("to the millisecond, and at once when it is revoked", () => {
    expect(isAlive(link, nine - 1)).toBe(true);
    expect(isAlive(link, nine)).toBe(false);
    expect(isAlive({ ...link, revoked_at: "2026-01-05T08:00:00.000Z" }, nine - 1)).toBe(false);
  });

  test("a while after the delivery, and at the latest a while after the order", () => {
    const life = { openMs: 7_200_000, endedMs: 3_600_000 };
    const created_at = "2026-01-05T09:00:00.000Z";

    expect(linkExpiry({ created_at, ended_at: null }, life)).toBe("2026-01-05T11:00:00.000Z");
    expect(linkExpiry({ created_at, ended_at: "2026-01-05T09:30:00.000Z" }, life)).toBe("2026-01-05T10:30:00.000Z");
    expect(linkExpiry({ created_at, ended_at: "2026-01-05T10:30:00.000Z" }, life)).toBe("2026-01-05T11:00:00.000Z");
  });
});
