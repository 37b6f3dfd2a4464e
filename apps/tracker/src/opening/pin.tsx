import { Text } from "@mantine/core";
import "./pin.css";

/** The six digits for the robot's keypad. They stay on the page when the network goes. */
export function Pin({ pin, isHere }: { readonly pin: string; readonly isHere: boolean }) {
  const digits = pin.split("").join(" ");
  return (
    <div className="pin">
      <Text size="sm" className="kb-quiet">
        {isHere
          ? "No network? Type this on the robot’s keypad:"
          : "If there is no network when it arrives, type this on its keypad:"}
      </Text>
      <p className="pin-digits">
        <span className="kb-unseen">{digits}</span>
        <span aria-hidden>
          {pin.slice(0, 3)} {pin.slice(3)}
        </span>
      </p>
    </div>
  );
}
