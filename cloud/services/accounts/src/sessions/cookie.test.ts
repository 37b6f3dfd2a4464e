import { expect, test } from "vitest";
import { SessionCookie } from "./cookie.ts";

const token = "a".repeat(43);

test("no script reads the cookie, and no other site's write carries it", () => {
  expect(new SessionCookie("http://127.0.0.1:4100").issue(token, 60_000)).toBe(
    `kerbside_session=${token}; Path=/; Max-Age=60; HttpOnly; SameSite=Lax`,
  );
});

test("under https it belongs to one host and travels encrypted", () => {
  expect(new SessionCookie("https://kerbside.example").issue(token, 60_000)).toBe(
    `__Host-kerbside_session=${token}; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure`,
  );
});

test.each([
  ["alone", `kerbside_session=${token}`, token],
  ["among others", `theme=dark; kerbside_session=${token}; a=b`, token],
  ["under another name", `xkerbside_session=${token}`, null],
  ["too short to be ours", "kerbside_session=abc", null],
  ["with what we never write", `kerbside_session=${"'".repeat(43)}`, null],
  ["not at all", "", null],
])("is found %s", (_title, header, found) => {
  expect(new SessionCookie("http://127.0.0.1").read(new Headers({ cookie: header }))).toBe(found);
});
