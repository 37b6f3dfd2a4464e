import type { Rng } from "@kerbside/proto/base/rng";

/** Ids that are unique for all practical purposes and cost nothing: chance once a process, then a count. */
export function requestIds(rng: Rng): () => string {
  const boot = Buffer.from(rng.bytes(9)).toString("base64url");
  let count = 0;
  return () => {
    count += 1;
    return `req_${boot}${count.toString(36).padStart(6, "0")}`;
  };
}
