import type { Battery } from "@kerbside/hardware/battery/battery";
import type { Estop } from "@kerbside/hardware/estop/estop";
import type { Gnss } from "@kerbside/hardware/gnss/gnss";
import type { Indicator } from "@kerbside/hardware/indicator/indicator";
import type { Lid } from "@kerbside/hardware/lid/lid";
import type { Drive } from "./drive.ts";
import type { Keypad } from "./keypad.ts";

/** The robot's body, as its agent sees it. Devices outlive the agent: it listens and commands, whoever made them disposes. */
export interface RobotDevices {
  readonly lid: Lid;
  readonly gnss: Gnss;
  readonly battery: Battery;
  readonly estop: Estop;
  readonly indicator: Indicator;
  readonly drive: Drive;
  readonly keypad: Keypad;
}
