import type { Actor } from "@kerbside/proto/base/actor";

/** Who it was when nobody asked for it. */
export const service: Actor = { kind: "service", id: "robot-gateway" };
