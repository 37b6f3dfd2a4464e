import * as fc from "fast-check";
import { expect, test } from "vitest";
import { type Claim, type TurnLimits, takeTurns } from "./turns.ts";

const limits: TurnLimits = { streamsMax: 2, turnMs: 1_000, turnMaxMs: 15_000, lingerMs: 5_000 };

interface Named extends Claim {
  readonly name: string;
}

function shape(name: string, claim: Partial<Claim> = {}): Named {
  return { name, isWanted: true, streamingSinceMs: null, isUpToDate: false, idleSinceMs: 0, ...claim };
}

function names(shapes: readonly Named[]): string[] {
  return shapes.map(({ name }) => name);
}

test("two wanted shapes stream without pause", () => {
  const shapes = [
    shape("a", { streamingSinceMs: 0, isUpToDate: true }),
    shape("b", { streamingSinceMs: 0, isUpToDate: true }),
  ];

  const turns = takeTurns(shapes, 1_000_000, limits);

  expect(turns).toEqual({ stop: [], start: [], nextMs: null });
});

test("with a third one the longest stream gives way once it is up to date and its turn is over", () => {
  const shapes = [
    shape("a", { streamingSinceMs: 500, isUpToDate: true }),
    shape("b", { streamingSinceMs: 0, isUpToDate: true }),
    shape("c", { idleSinceMs: 100 }),
  ];

  const early = takeTurns(shapes, 999, limits);
  const due = takeTurns(shapes, 1_000, limits);

  expect([names(early.stop), names(early.start), early.nextMs]).toEqual([[], [], 1_000]);
  expect([names(due.stop), names(due.start)]).toEqual([["b"], ["c"]]);
});

test("a stream that is not up to date keeps its turn, but not for ever", () => {
  const shapes = [
    shape("a", { streamingSinceMs: 0 }),
    shape("b", { streamingSinceMs: 10 }),
    shape("c", { idleSinceMs: 100 }),
  ];

  const early = takeTurns(shapes, 14_999, limits);
  const late = takeTurns(shapes, 15_000, limits);

  expect(names(early.stop)).toEqual([]);
  expect(names(late.stop)).toEqual(["a"]);
});

test("a shape that nobody wants lingers, gives way at once to one that is wanted, and ends", () => {
  const lingering = shape("a", { isWanted: false, streamingSinceMs: 0, isUpToDate: true, idleSinceMs: 2_000 });
  const other = shape("b", { streamingSinceMs: 0, isUpToDate: true });

  const alone = takeTurns([lingering, other], 3_000, limits);
  const contended = takeTurns([lingering, other, shape("c")], 3_000, limits);
  const over = takeTurns([lingering, other], 7_000, limits);

  expect([names(alone.stop), alone.nextMs]).toEqual([[], 7_000]);
  expect([names(contended.stop), names(contended.start)]).toEqual([["a"], ["c"]]);
  expect(names(over.stop)).toEqual(["a"]);
});

test("there are never more than two streams, and every wanted shape gets its turn", () => {
  const count = fc.integer({ min: 1, max: 7 });
  fc.assert(
    fc.property(
      count,
      fc.array(fc.integer({ min: 1, max: 4_000 }), { minLength: 40, maxLength: 60 }),
      (shapes, steps) => {
        let claims = Array.from({ length: shapes }, (_, index) => shape(String(index), { idleSinceMs: -1 }));
        const served = new Set<string>();
        let nowMs = 0;
        for (const step of steps) {
          nowMs += step;
          const { stop, start } = takeTurns(claims, nowMs, limits);
          claims = claims.map((claim) => {
            if (start.includes(claim)) return { ...claim, streamingSinceMs: nowMs, isUpToDate: false };
            if (stop.includes(claim)) return { ...claim, streamingSinceMs: null, idleSinceMs: nowMs };
            return { ...claim, isUpToDate: claim.streamingSinceMs !== null };
          });
          for (const { name } of start) served.add(name);
          expect(claims.filter(({ streamingSinceMs }) => streamingSinceMs !== null).length).toBeLessThanOrEqual(2);
        }
        expect(served.size).toBe(shapes);
      },
    ),
  );
});
