import { ToneBadge } from "@kerbside/apps-kit/state/state-badge.tsx";
import { Age } from "@kerbside/apps-kit/time/age.tsx";
import { memo } from "react";
import { Battery } from "./battery.tsx";
import { headline, type Robot } from "./robot.ts";

export const RobotRow = memo(function RobotRow({ robot }: { readonly robot: Robot }) {
  const { text, tone } = headline(robot);
  const { battery_pct: battery, interval_ms: intervalMs } = robot.latest;
  return (
    <div className="mc-row">
      <span className="mc-row-name">{robot.name}</span>
      <span>
        <span className="kb-unseen">, heard </span>
        <Age atMs={robot.atMs} intervalMs={intervalMs} />
      </span>
      <ToneBadge tone={tone} text={text} />
      <span>
        <span className="kb-unseen">, battery </span>
        <Battery percent={battery} />
      </span>
    </div>
  );
});
