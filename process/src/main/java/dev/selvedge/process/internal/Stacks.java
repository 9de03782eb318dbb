package dev.selvedge.process.internal;

import java.util.ArrayList;
import java.util.List;

/// The stacks of exceptions that came from another process.
final class Stacks {
  private static final String OURS = Stacks.class.getPackageName() + ".";

  private Stacks() {}

  /// {@return an exception with the stack that it had there, and below it the one of its caller
  /// here, as if the call had been an ordinary one}
  static Throwable joined(Throwable arrived) {
    List<StackTraceElement> stack = new ArrayList<>(List.of(arrived.getStackTrace()));
    boolean isCaller = false;
    for (StackTraceElement frame : new Throwable().getStackTrace()) {
      isCaller |= !isMachinery(frame.getClassName());
      if (isCaller) {
        stack.add(frame);
      }
    }
    arrived.setStackTrace(stack.toArray(StackTraceElement[]::new));
    return arrived;
  }

  private static boolean isMachinery(String type) {
    return type.startsWith(OURS) || type.contains("$Proxy");
  }
}
