package dev.selvedge.internal;

import java.io.InvalidObjectException;
import java.io.Serializable;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;

/// Objects without fields, which travel by being made anew: one is as good as another of its class.
///
/// That is what a lambda in a compact source file captures as `this`, if it calls a method of the
/// program.
public final class Fieldless {
  private Fieldless() {}

  /// {@return whether objects of this class have no fields and can be made anew}
  public static boolean isFieldless(Class<?> type) {
    if (Serializable.class.isAssignableFrom(type)
        || type.isHidden()
        || type.isArray()
        || isOfJdk(type)
        || !hasPlainConstructor(type)) {
      return false;
    }
    for (Class<?> c = type; c != null; c = c.getSuperclass()) {
      for (Field field : c.getDeclaredFields()) {
        if (!Modifier.isStatic(field.getModifiers())) {
          return false;
        }
      }
    }
    return true;
  }

  /// Makes an object.
  ///
  /// @throws InvalidObjectException if its constructor cannot be called, or throws
  public static Object make(Class<?> type) throws InvalidObjectException {
    try {
      Constructor<?> constructor = type.getDeclaredConstructor();
      constructor.setAccessible(true);
      return constructor.newInstance();
    } catch (ReflectiveOperationException | RuntimeException e) {
      var refused = new InvalidObjectException("cannot make a " + type.getName() + ": " + e);
      refused.initCause(e);
      throw refused;
    }
  }

  /// Objects of the JDK without fields are locks and the like: another one would not do.
  private static boolean isOfJdk(Class<?> type) {
    ClassLoader loader = type.getClassLoader();
    return loader == null || loader.equals(ClassLoader.getPlatformClassLoader());
  }

  private static boolean hasPlainConstructor(Class<?> type) {
    try {
      return type.getDeclaredConstructor().trySetAccessible();
    } catch (NoSuchMethodException e) {
      return false;
    }
  }
}
