package dev.selvedge.cli;

import java.nio.file.Path;
import java.util.Optional;

/// What the script tells the command about where it stands.
///
/// @param library the folder of module jars that programs see
/// @param plan the file that the launch is written to, for the script to run
/// @param record where to record the launch, if it can be repeated without asking
/// @param cache the folder of compiled programs
record LaunchSettings(
    Optional<Path> library, Optional<Path> plan, Optional<Path> record, Path cache) {

  /// Reads `selvedge.library`, `selvedge.plan`, `selvedge.record` and `selvedge.cache`.
  static LaunchSettings fromSystemProperties() {
    return new LaunchSettings(
        path("selvedge.library"),
        path("selvedge.plan"),
        path("selvedge.record"),
        path("selvedge.cache").orElseGet(LaunchSettings::defaultCache));
  }

  private static Optional<Path> path(String property) {
    return Optional.ofNullable(System.getProperty(property))
        .filter(value -> !value.isEmpty())
        .map(Path::of);
  }

  private static Path defaultCache() {
    return Path.of(System.getProperty("user.home"), ".cache", "selvedge");
  }
}
