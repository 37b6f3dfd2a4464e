import type { Role } from "@kerbside/proto/base/roles";
import { IconBulb, IconLock, IconLockOpen, IconPlayerPlay, IconRouteOff } from "@tabler/icons-react";
import type { Robot } from "../robots/robot.ts";
import { OrderButton } from "./order-button.tsx";
import { robotOrders } from "./robot-orders.ts";
import type { Commands } from "./use-commands.browser.ts";

export interface OrdersProps {
  readonly robot: Robot;
  readonly role: Role;
  readonly commands: Commands;
}

const icon = { size: 18, "aria-hidden": true } as const;

/** What a person may order this robot to do now; STOP is elsewhere. */
export function Orders({ robot, role, commands: { send, sending } }: OrdersProps) {
  const { latest, name } = robot;
  const why = robotOrders(role, latest);
  return (
    <div className="mc-orders">
      <OrderButton
        label="Open lid"
        icon={<IconLockOpen {...icon} />}
        whyNot={why.openLid}
        isBusy={sending === "open_lid"}
        question={{
          confirm: "Open now",
          consequence: `The lid of ${name} unlocks for whoever stands there, and your name goes into the audit log. The order expires in 30 seconds.`,
        }}
        onPress={() => void send("open_lid", { compartment: 0, purpose: "inspect", delivery_id: null })}
      />
      <OrderButton
        label="Lock lid"
        icon={<IconLock {...icon} />}
        whyNot={why.closeLid}
        isBusy={sending === "close_lid"}
        onPress={() => void send("close_lid", { compartment: 0 })}
      />
      <OrderButton
        label="Identify"
        icon={<IconBulb {...icon} />}
        whyNot={why.identify}
        isBusy={sending === "identify"}
        onPress={() => void send("identify")}
      />
      <OrderButton
        label="Cancel mission"
        icon={<IconRouteOff {...icon} />}
        whyNot={why.cancelMission}
        isBusy={sending === "cancel_mission"}
        question={{
          confirm: "Cancel it",
          consequence: `${name} stops what it does and waits where it is. Goods on board stay on board.`,
        }}
        onPress={() => void send("cancel_mission", { mission_id: latest.mission_id })}
      />
      <OrderButton
        label="Release stop"
        icon={<IconPlayerPlay {...icon} />}
        whyNot={why.releaseStop}
        isBusy={sending === "release_estop"}
        question={{
          confirm: "Let it drive",
          consequence: `${name} may drive on at once. Make sure that its way is clear.`,
        }}
        onPress={() => void send("release_estop")}
      />
    </div>
  );
}
