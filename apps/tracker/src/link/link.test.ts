import { expect, test } from "vitest";
import { tokenOf } from "./link.ts";

test("the secret stands behind the hash", () => {
  expect(tokenOf("#AbC_def-0123456789xyz")).toBe("AbC_def-0123456789xyz");
});

test.each(["", "#", "#short", "#<script>alert(1)</script>aaaaaaaaaa", `#${"a".repeat(300)}`])(
  "%s is no link",
  (hash) => {
    expect(tokenOf(hash)).toBeNull();
  },
);
