package dev.selvedge.cli;

import java.util.List;

/// The JVM flags that every program gets: the one place that lists them.
///
/// A flag that opens a JDK package opens it to Selvedge's own modules and to no one else, such as
/// `--add-opens java.base/java.util.concurrent.locks=dev.selvedge`.
final class ProgramFlags {
  private ProgramFlags() {}

  /// {@return the flags, in the order in which `java` gets them}
  static List<String> all() {
    // Ctrl-C cancels the program's tasks and runs their cleanup before the JVM exits with 130.
    // Who has a lock of java.util.concurrent, for 'selvedge doctor' and its relatives.
    return List.of(
        "-Dselvedge.interrupt=cancel",
        "--add-opens",
        "java.base/java.util.concurrent.locks=dev.selvedge");
  }
}
