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
}
