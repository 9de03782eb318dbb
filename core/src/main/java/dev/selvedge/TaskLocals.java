package dev.selvedge;

import dev.selvedge.internal.Context;
import java.util.Objects;

/// What a task inherits from the code that forks it: the values that are registered here, and
/// nothing else.
///
/// ```java
/// static final ScopedValue<User> USER = ScopedValue.newInstance();
/// static { TaskLocals.register(USER); }
/// ```
///
/// A registered value is captured by `fork` and `submit`, and bound while the task runs; afterwards
/// the worker's own is there again. The JDK has no supported way to capture all scoped values, and
/// to inherit every thread-local would make tasks see what was never meant for them. One value
/// costs about 50 ns a task.
///
/// **Other processes.** To a pool of processes the values travel as copies, for keys that are
/// static fields of the class that registers them: it is there that the worker looks for the same
/// key. A class in a module has to be open to `dev.selvedge`. What cannot be found so stays behind;
/// a value that cannot travel makes the pool refuse the task.
///
/// Register in a static initializer; registrations cannot be undone. Thread-safe.
///
/// @since 0.1
@Stability(Stability.Level.STABLE)
public final class TaskLocals {
  private static final StackWalker CALLER =
      StackWalker.getInstance(StackWalker.Option.RETAIN_CLASS_REFERENCE);

  private TaskLocals() {}

  /// Lets tasks inherit a scoped value.
  ///
  /// @param value the scoped value
  public static void register(ScopedValue<?> value) {
    Context.register(Objects.requireNonNull(value, "value"), CALLER.getCallerClass());
  }

  /// Lets tasks inherit a thread-local, such as a logging context or a trace id. The value is
  /// shared, not copied.
  ///
  /// @param local the thread-local
  public static void register(ThreadLocal<?> local) {
    Context.register(Objects.requireNonNull(local, "local"), CALLER.getCallerClass());
  }
}
