import { ToneBadge } from "@kerbside/apps-kit/state/state-badge.tsx";
import { changeView } from "../view/use-view.browser.ts";
import { RobotStop } from "./detail/robot-stop.tsx";
import { headline, type Robot } from "./robots/robot.ts";

/** On a small screen, below list or map: the robot that is selected, its STOP, and the way to its details. */
export function ChosenBar({ robot }: { readonly robot: Robot }) {
  const { text, tone } = headline(robot);
  return (
    <div className="mc-chosen">
      <button type="button" className="kb-link mc-chosen-name kb-target" onClick={() => changeView({ pane: null })}>
        <span>{robot.name}</span>
        <ToneBadge tone={tone} text={text} />
      </button>
      <RobotStop robot={robot} />
    </div>
  );
}
