import type { Act } from "./core/core.ts";
import type { PinAnswer } from "./core/safety-state.ts";
import type { RobotDevices } from "./devices.ts";
import type { KeypadAnswer } from "./keypad.ts";
import type { Loop } from "./loop.ts";
import { matchPin } from "./pin.node.ts";

/** Carries out what the core decided. Each act's outcome comes back as an input. */
export function carryOut(act: Act, devices: RobotDevices, loop: Pick<Loop, "feed" | "trustedMs">): void {
  switch (act.type) {
    case "unlatch":
      // The disk may have taken its time: an authorisation that ran out meanwhile opens nothing.
      if (loop.trustedMs() >= act.notAfterMs) return loop.feed({ type: "actuator_failed", direction: "release" });
      return devices.lid.unlatch(act.unlatching);
    case "latch":
      return devices.lid.latch();
    case "check_pin": {
      const answer = (grantId: string | null): void =>
        loop.feed({ type: "pin_checked", attemptId: act.attemptId, grantId });
      matchPin(act.pin, act.candidates).then(answer, () => answer(null));
      return;
    }
    case "answer_pin":
      devices.keypad.show(shownAs(act.answer));
      return devices.indicator.show(signalOf(act.answer));
    case "identify":
      return devices.indicator.show("identify");
    case "engage_estop":
      return devices.estop.engage();
    case "release_estop":
      // One that is held stays engaged, which its next reading says.
      devices.estop.release();
      return;
    case "drive_go":
      return devices.drive.follow(act.order);
    case "drive_hold":
      return devices.drive.hold();
  }
}

function shownAs(answer: PinAnswer): KeypadAnswer {
  switch (answer) {
    case "accepted":
      return "accepted";
    case "keypad_locked":
      return "locked";
    case "keypad_busy":
      return "busy";
    default:
      return "refused";
  }
}

function signalOf(answer: PinAnswer): "code_accepted" | "code_refused" | "locked_out" {
  if (answer === "accepted") return "code_accepted";
  return answer === "keypad_locked" ? "locked_out" : "code_refused";
}
