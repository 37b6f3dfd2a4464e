import {
  ActionIcon,
  Button,
  createTheme,
  type MantineColorsTuple,
  PasswordInput,
  SegmentedControl,
  TextInput,
} from "@mantine/core";

/** Kerb green, from a breath of it to nearly black. */
const kerb: MantineColorsTuple = [
  "#e6f7f4",
  "#d0ece6",
  "#a2dacd",
  "#70c6b3",
  "#48b59d",
  "#2eab8f",
  "#1c9a80",
  "#0e8069",
  "#0b6b5d",
  "#05493f",
];

/** Slate, so that what Mantine draws in the dark has the tint of our own surfaces. */
const dark: MantineColorsTuple = [
  "#edf0f3",
  "#c9d1da",
  "#a6b0bd",
  "#7e8997",
  "#46515d",
  "#333c47",
  "#2a323c",
  "#1b2129",
  "#161b21",
  "#12161b",
];

/** Darker fills in light and lighter ones in dark, with the text that reads on them; targets as wide as a finger. */
export const theme = createTheme({
  colors: { kerb, dark },
  primaryColor: "kerb",
  primaryShade: { light: 8, dark: 4 },
  autoContrast: true,
  luminanceThreshold: 0.35,
  defaultRadius: "md",
  fontFamily: "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif",
  cursorType: "pointer",
  focusRing: "auto",
  respectReducedMotion: true,
  components: {
    ActionIcon: ActionIcon.extend({ classNames: { root: "kb-target" } }),
    Button: Button.extend({ classNames: { root: "kb-target kb-button" } }),
    PasswordInput: PasswordInput.extend({ classNames: { input: "kb-target", innerInput: "kb-target" } }),
    SegmentedControl: SegmentedControl.extend({ classNames: { label: "kb-target kb-segment" } }),
    TextInput: TextInput.extend({ classNames: { input: "kb-target" } }),
  },
});
