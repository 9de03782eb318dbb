package dev.selvedge.testkit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// A test that is run under many schedules, in virtual time.
///
/// ```java
/// @Explore(seeds = 1000)
/// void twoTransfersKeepTheSum(Pool pool) throws Exception {
///   Account a = new Account(100);
///   Account b = new Account(100);
///   TaskGroup.run(group -> {
///     group.fork("there", () -> transfer(a, b, 10));
///     group.fork("back", () -> transfer(b, a, 10));
///   });
///   assertEquals(200, a.balance() + b.balance());
/// }
/// ```
///
/// It stands in the place of `@Test`. What is explored, what a failure tells, and which flag the
/// JVM needs is said at [Explorer]. A failure ends with the line that replays it, such as
/// `@Explore(replay = 4711)`.
///
/// The method may have parameters: a [dev.selvedge.Pool], where it runs and may submit, and
/// [Faults], to let something go wrong. It is called once for each schedule, all on the same
/// object, so it should make what it tests itself; methods such as those with `@BeforeEach` run
/// once.
///
/// @since 0.1
@Documented
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@Test
@ExtendWith(ExploreExtension.class)
public @interface Explore {

  /// {@return how many schedules to try}
  int seeds() default 1000;

  /// {@return the first seed; the others follow it}
  long from() default 0;

  /// {@return the seeds of the schedules to run in place of the others}
  long[] replay() default {};

  /// {@return whether timed waits of the JDK are refused; see [Explorer#strict(boolean)]}
  boolean strict() default true;

  /// {@return whether each schedule is run twice, to prove that its seed decides it; see
  /// [Explorer#checked()]}
  boolean checked() default false;
}
