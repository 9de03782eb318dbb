package dev.selvedge.process.internal;

import java.nio.ByteOrder;

/// Whether the kernel may be called directly. Where it may not, everything works by looking again
/// and again.
public final class Native {
  /// Set to `false`, this system property keeps us from native calls.
  public static final String PROPERTY = "dev.selvedge.process.native";

  /// The option that sets it.
  static final String FORBIDDEN = "-D" + PROPERTY + "=false";

  /// The number of the system call, or -1 where we know none.
  static final long FUTEX_CALL = futexCall();

  private static final boolean AVAILABLE = FUTEX_CALL >= 0 && isAllowed();

  private Native() {}

  /// {@return whether this is a Linux that we know, this module may call native code, and nobody
  /// forbade it by `-Ddev.selvedge.process.native=false`}
  ///
  /// A module that was not given native access could call all the same today, and the JVM would
  /// print a warning that users cannot place; so it does not.
  public static boolean isAvailable() {
    return AVAILABLE;
  }

  private static boolean isAllowed() {
    return !"false".equals(System.getProperty(PROPERTY))
        && Native.class.getModule().isNativeAccessEnabled();
  }

  private static long futexCall() {
    if (!System.getProperty("os.name").equals("Linux")
        || ByteOrder.nativeOrder() != ByteOrder.LITTLE_ENDIAN) {
      return -1;
    }
    return switch (System.getProperty("os.arch")) {
      case "amd64" -> 202;
      case "aarch64" -> 98;
      default -> -1;
    };
  }
}
