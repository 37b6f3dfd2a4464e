import type { Table } from "./table.ts";

/** Who controls a robot's motion (VDA 5050 3.0). */
export const controlModeStates = [
  "STARTUP",
  "AUTOMATIC",
  "SEMIAUTOMATIC",
  "INTERVENED",
  "MANUAL",
  "SERVICE",
  "TEACH_IN",
] as const;
export type ControlModeState = (typeof controlModeStates)[number];

export const controlModeEvents = [
  "automatic_resumed",
  "speed_taken_over",
  "intervened",
  "manual_control_taken",
  "service_mode_entered",
  "teach_in_started",
  "restarted",
] as const;
export type ControlModeEvent = (typeof controlModeEvents)[number];

/**
 * AUTOMATIC, SEMIAUTOMATIC and INTERVENED keep the mission; the others have dropped it, so none of them leads to a
 * mode that claims to keep it but AUTOMATIC.
 */
export const controlModeTable: Table<ControlModeState, ControlModeEvent> = {
  title: "The control mode",
  summary: "Who controls the robot's motion, and whether its mission is kept.",
  initial: "STARTUP",
  states: {
    STARTUP: { text: "starting", tone: "neutral" },
    AUTOMATIC: { text: "automatic", tone: "good" },
    SEMIAUTOMATIC: { text: "automatic, a pilot sets the speed", tone: "active" },
    INTERVENED: { text: "driven by a pilot, mission kept", tone: "warn" },
    MANUAL: { text: "driven by a pilot, mission dropped", tone: "warn" },
    SERVICE: { text: "in service mode", tone: "warn" },
    TEACH_IN: { text: "being taught", tone: "warn" },
  },
  events: {
    automatic_resumed: "Drive automatically",
    speed_taken_over: "Take over the speed",
    intervened: "Take over driving, keep the mission",
    manual_control_taken: "Take over driving, drop the mission",
    service_mode_entered: "Enter service mode",
    teach_in_started: "Teach",
    restarted: "Restart",
  },
  steps: {
    STARTUP: {
      automatic_resumed: "AUTOMATIC",
      speed_taken_over: null,
      intervened: null,
      manual_control_taken: "MANUAL",
      service_mode_entered: "SERVICE",
      teach_in_started: null,
      restarted: null,
    },
    AUTOMATIC: {
      automatic_resumed: null,
      speed_taken_over: "SEMIAUTOMATIC",
      intervened: "INTERVENED",
      manual_control_taken: "MANUAL",
      service_mode_entered: "SERVICE",
      teach_in_started: null,
      restarted: "STARTUP",
    },
    SEMIAUTOMATIC: {
      automatic_resumed: "AUTOMATIC",
      speed_taken_over: null,
      intervened: "INTERVENED",
      manual_control_taken: "MANUAL",
      service_mode_entered: "SERVICE",
      teach_in_started: null,
      restarted: "STARTUP",
    },
    INTERVENED: {
      automatic_resumed: "AUTOMATIC",
      speed_taken_over: "SEMIAUTOMATIC",
      intervened: null,
      manual_control_taken: "MANUAL",
      service_mode_entered: "SERVICE",
      teach_in_started: null,
      restarted: "STARTUP",
    },
    MANUAL: {
      automatic_resumed: "AUTOMATIC",
      speed_taken_over: null,
      intervened: null,
      manual_control_taken: null,
      service_mode_entered: "SERVICE",
      teach_in_started: "TEACH_IN",
      restarted: "STARTUP",
    },
    SERVICE: {
      automatic_resumed: "AUTOMATIC",
      speed_taken_over: null,
      intervened: null,
      manual_control_taken: "MANUAL",
      service_mode_entered: null,
      teach_in_started: "TEACH_IN",
      restarted: "STARTUP",
    },
    TEACH_IN: {
      automatic_resumed: "AUTOMATIC",
      speed_taken_over: null,
      intervened: null,
      manual_control_taken: "MANUAL",
      service_mode_entered: "SERVICE",
      teach_in_started: null,
      restarted: "STARTUP",
    },
  },
};

/** Whether and why a robot stands still (VDA 5050 safetyState, MDS tipped_over, lift alarm). */
export const motionStates = ["moving", "stopped", "safe_stop", "e_stop", "tipped_over", "lifted"] as const;
export type MotionState = (typeof motionStates)[number];

export const motionEvents = [
  "set_off",
  "stopped",
  "safe_stop_triggered",
  "safe_stop_released",
  "e_stop_engaged",
  "e_stop_released",
  "tipped_over",
  "righted",
  "lifted",
  "set_down",
] as const;
export type MotionEvent = (typeof motionEvents)[number];

/** Only from `stopped` may a robot set off, so every stop with a cause is released by name first. */
export const motionTable: Table<MotionState, MotionEvent> = {
  title: "The motion safety",
  summary: "Whether the robot moves, and what forbids it to.",
  initial: "stopped",
  states: {
    moving: { text: "moving", tone: "active" },
    stopped: { text: "standing", tone: "neutral" },
    safe_stop: { text: "in a safe stop", tone: "warn" },
    e_stop: { text: "in emergency stop", tone: "bad" },
    tipped_over: { text: "tipped over", tone: "bad" },
    lifted: { text: "lifted off the ground", tone: "bad" },
  },
  events: {
    set_off: "Set off",
    stopped: "Stop",
    safe_stop_triggered: "Safe stop",
    safe_stop_released: "Release the safe stop",
    e_stop_engaged: "Emergency stop",
    e_stop_released: "Release the emergency stop",
    tipped_over: "Tip over",
    righted: "Stand it up",
    lifted: "Lift",
    set_down: "Set down",
  },
  steps: {
    moving: {
      set_off: null,
      stopped: "stopped",
      safe_stop_triggered: "safe_stop",
      safe_stop_released: null,
      e_stop_engaged: "e_stop",
      e_stop_released: null,
      tipped_over: "tipped_over",
      righted: null,
      lifted: "lifted",
      set_down: null,
    },
    stopped: {
      set_off: "moving",
      stopped: null,
      safe_stop_triggered: "safe_stop",
      safe_stop_released: null,
      e_stop_engaged: "e_stop",
      e_stop_released: null,
      tipped_over: "tipped_over",
      righted: null,
      lifted: "lifted",
      set_down: null,
    },
    safe_stop: {
      set_off: null,
      stopped: null,
      safe_stop_triggered: null,
      safe_stop_released: "stopped",
      e_stop_engaged: "e_stop",
      e_stop_released: null,
      tipped_over: "tipped_over",
      righted: null,
      lifted: "lifted",
      set_down: null,
    },
    e_stop: {
      set_off: null,
      stopped: null,
      safe_stop_triggered: null,
      safe_stop_released: null,
      e_stop_engaged: null,
      e_stop_released: "stopped",
      tipped_over: "tipped_over",
      righted: null,
      lifted: "lifted",
      set_down: null,
    },
    tipped_over: {
      set_off: null,
      stopped: null,
      safe_stop_triggered: null,
      safe_stop_released: null,
      e_stop_engaged: "e_stop",
      e_stop_released: null,
      tipped_over: null,
      righted: "stopped",
      lifted: "lifted",
      set_down: null,
    },
    lifted: {
      set_off: null,
      stopped: null,
      safe_stop_triggered: null,
      safe_stop_released: null,
      e_stop_engaged: "e_stop",
      e_stop_released: null,
      tipped_over: "tipped_over",
      righted: null,
      lifted: null,
      set_down: "stopped",
    },
  },
};
