import type { RobotBody } from "../body/robot-body.ts";
import type { Air } from "../network/relay.node.ts";

/** A robot of the city, wherever its program runs. */
export interface CityRobot extends AsyncDisposable {
  readonly name: string;
  readonly robotId: string;
  readonly body: RobotBody;
  /** What its modem has. */
  setAir(air: Air): void;
  /** Power goes: the motors stop and nobody says goodbye. */
  crash(): Promise<void>;
  /** The same, and the program begins anew on the same disk. */
  reboot(): Promise<void>;
}

export const motionOf = (body: RobotBody) => ({
  place: body.place,
  speedMps: body.drive.read().speedMps,
  headingDeg: body.drive.headingDeg,
});
