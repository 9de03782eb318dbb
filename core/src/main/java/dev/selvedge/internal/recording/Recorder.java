package dev.selvedge.internal.recording;

import jdk.jfr.FlightRecorder;

/// Whether somebody records.
///
/// The JDK takes a tenth of a second to make the classes of events ready, when the first of them is
/// asked. So none is, unless the Flight Recorder has been started in this JVM.
public final class Recorder {
  private Recorder() {}

  /// {@return whether anybody records [TaskRun]}
  public static boolean recordsRuns() {
    return FlightRecorder.isInitialized() && TaskRun.isOn();
  }

  /// {@return whether anybody records [Cancel]}
  public static boolean recordsCancels() {
    return FlightRecorder.isInitialized() && Cancel.isOn();
  }

  /// {@return whether anybody records [Group]}
  public static boolean recordsGroups() {
    return FlightRecorder.isInitialized() && Group.isOn();
  }

  /// {@return whether anybody records [TaskWait]}
  public static boolean recordsWaits() {
    return FlightRecorder.isInitialized() && TaskWait.isOn();
  }

  /// {@return whether anybody records [Transfer]}
  public static boolean recordsTransfers() {
    return FlightRecorder.isInitialized() && Transfer.isOn();
  }

  /// Says that something is missing in the recording, if there is one.
  public static void dropped(String what, long count) {
    if (FlightRecorder.isInitialized()) {
      Dropped.commit(what, count);
    }
  }
}
