package dev.selvedge.management;

import dev.selvedge.Stability;

/// What the tasks of this JVM do: a tree of them, and who waits for whom. Each answer is an object
/// in JSON, of a limited size however many tasks there are, and taken without stopping them; so it
/// shows each task at a moment of its own.
///
/// The commands `selvedge tree`, `why`, `top` and `doctor` register it in the JVM that they look
/// into, under the name `dev.selvedge:type=Live`. A program may do so as well:
///
/// ```java
/// ManagementFactory.getPlatformMBeanServer()
///     .registerMBean(new Live(), new ObjectName("dev.selvedge:type=Live"));
/// ```
///
/// Thread-safe.
///
/// @since 0.1
@Stability(Stability.Level.EXPERIMENTAL)
public interface LiveMXBean {
  /// {@return the pools, groups and tasks that there are; similar tasks of an owner that has many
  /// are counted together}
  ///
  /// @param most how many rows to tell at most
  String tree(int most);

  /// {@return why a task is not done, as a chain of those that it waits for, and why it was
  /// cancelled}
  ///
  /// @param task its id, its name or its path
  String why(String task);

  /// {@return who holds what the threads of this JVM wait for, by the names that a dump of threads
  /// has for these objects}
  String holders();

  /// {@return the paths of the tasks that run on threads}
  ///
  /// @param threads their numbers
  String tasksOn(long[] threads);

  /// {@return what should not be: groups that nobody will close, tasks that were cancelled and
  /// still run}
  String problems();
}
