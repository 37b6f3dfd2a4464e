import type { MirrorKind } from "@kerbside/proto/robot/mirror";
import { describe, expect, test } from "vitest";
import { emptyMirror, type MirrorEntry, reduceMirror } from "./mirror.ts";

const id = "01890a5d-ac96-774b-bcce-b302099a8057";
const place = { lat: 51.1, lng: 71.4 };
const mission = {
  v: 1,
  mission_id: id,
  robot_id: id,
  trip_id: null,
  delivery_id: null,
  attempt_id: null,
  fencing_token: null,
  compartment: 0,
  stops: [{ kind: "hub", place, route: [place], wait_limit_ms: null }],
  issued_at: 1,
};
const signed = { context: "grant", payload: "e30=", key_id: "k", signature: "s" };
const config = {
  v: 1,
  name: "R1",
  heartbeat_interval_ms: 1000,
  lid_unlock_timeout_ms: 30_000,
  lid_open_limit_ms: 60_000,
  speed_limit_mps: 1.6,
};

function row(kind: MirrorKind, body: unknown, rowId = id): MirrorEntry {
  return { kind, id: rowId, version: 1, body: body === null ? null : JSON.stringify(body) };
}

describe("what consumers read from the mirror", () => {
  test("missions, grants, commands, configuration and flags each find their place", () => {
    const view = reduceMirror(emptyMirror, [
      row("mission", mission),
      row("grant", signed),
      row("command", { ...signed, context: "command" }),
      row("config", config),
      row("flag", { key: "x", on: true }, "x"),
      row("map", { hash: "h", path: "/maps/h" }),
    ]);

    expect(view.missions.get(id)).toEqual(mission);
    expect(view.grants.get(id)).toEqual(signed);
    expect(view.commands.get(id)).toMatchObject({ context: "command" });
    expect(view.config).toEqual(config);
    expect(view.flags.get("x")).toBe(true);
    expect(view.unreadable.size).toBe(0);
  });

  test("tombstones take away; of a grant the withdrawal stays known", () => {
    const before = reduceMirror(emptyMirror, [row("mission", mission), row("grant", signed), row("config", config)]);

    const view = reduceMirror(before, [row("mission", null), row("grant", null), row("config", null)]);

    expect([view.missions.size, view.grants.size, view.config]).toEqual([0, 0, null]);
    expect(view.revokedGrants).toEqual(new Set([id]));
  });

  test.each([
    ["text that is no JSON", { ...row("mission", mission), body: "{" }],
    ["a mission without stops", row("mission", { ...mission, stops: [] })],
    ["a config of another version", row("config", { ...config, v: 2 })],
  ])("%s is named as unreadable and changes nothing else", (_title, bad) => {
    const before = reduceMirror(emptyMirror, [row("mission", mission), row("grant", signed)]);

    const view = reduceMirror(before, [bad]);

    expect([...view.unreadable.keys()]).toEqual([`${bad.kind}/${id}`]);
    expect([view.missions, view.grants, view.config]).toEqual([before.missions, before.grants, null]);
  });

  test("a readable version clears the mark", () => {
    const before = reduceMirror(emptyMirror, [{ ...row("mission", mission), body: "{" }]);

    expect(reduceMirror(before, [row("mission", mission)]).unreadable.size).toBe(0);
  });
});
