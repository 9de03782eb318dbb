package dev.selvedge;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// How much a type of this library may still change. Each exported type says it.
///
/// ```java
/// @Stability(Stability.Level.EXPERIMENTAL)
/// public interface Kernel { … }
/// ```
///
/// It holds for the type's public and protected members, and for the types nested in it. What is
/// removed is deprecated first, for one minor version at least.
///
/// @since 0.1
@Documented
@Retention(RetentionPolicy.CLASS)
@Target(ElementType.TYPE)
@Stability(Stability.Level.STABLE)
public @interface Stability {

  /// {@return how much the type may still change}
  Level value();

  /// How much a type may still change.
  ///
  /// @since 0.1
  enum Level {
    /// Programs that compile and run with it go on doing so until the next major version; before
    /// 1.0, until the next minor version.
    STABLE,
    /// It is complete and tested, but its shape may change in any minor version, with a note in the
    /// changes: for those who extend the library rather than use it.
    EXPERIMENTAL
  }
}
