import { expect, test } from "vitest";
import { type Indicator, indicatorSignals } from "./indicator.ts";

/** What every `Indicator` does, whatever it is made of. */
export function indicatorSuite(makeIndicator: () => Promise<Indicator>): void {
  test("an indicator starts dark", async () => {
    await using indicator = await makeIndicator();

    expect(indicator.read()).toBe("dark");
  });

  test.each(indicatorSignals)("it shows %s until another is shown", async (signal) => {
    await using indicator = await makeIndicator();

    indicator.show("fault");
    indicator.show(signal);

    expect(indicator.read()).toBe(signal);
  });

  test("it goes dark when it is given back", async () => {
    const indicator = await makeIndicator();
    indicator.show("driving");

    await indicator[Symbol.asyncDispose]();

    expect(indicator.read()).toBe("dark");
  });
}
