package dev.selvedge.internal;

import java.io.NotSerializableException;
import java.lang.invoke.SerializedLambda;
import java.util.Collection;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Says in words why something cannot travel: which captured variable holds what, and what to do.
public final class Obstacles {
  /// What whoever is refused can do about it, as a sentence.
  public static final String REMEDY =
      "Capture only what travels (records, strings, collections, paths), make the rest inside the"
          + " task, or use a pool that shares the heap";

  private Obstacles() {}

  /// Names the captured variable of the innermost lambda that holds what cannot travel.
  ///
  /// @param lambdas those met on the way, the last one first
  /// @param object what was to travel
  /// @param failure what came of it
  /// @param probe tries to write one object, and answers what came of it, null if nothing
  /// @return a part of a sentence, such as `the captured variable 'x' is a Thread, which …`
  public static String describe(
      Collection<SerializedLambda> lambdas,
      @Nullable Object object,
      Exception failure,
      Function<@Nullable Object, @Nullable Exception> probe) {
    for (SerializedLambda lambda : lambdas) {
      for (int i = 0; i < lambda.getCapturedArgCount(); i++) {
        Object captured = lambda.getCapturedArg(i);
        Exception why = probe.apply(captured);
        if (why != null) {
          return Captures.describe(lambda, i) + culprit(captured, why);
        }
      }
    }
    return object == null ? "null" : "the work (" + name(object) + ")" + culprit(object, failure);
  }

  private static String culprit(Object object, Exception failure) {
    if (!(failure instanceof NotSerializableException)) {
      return " cannot be written: " + failure;
    }
    String type = String.valueOf(failure.getMessage());
    if (type.contains("$$Lambda")) {
      return " is or holds a lambda whose type is not Serializable;"
          + " declare it as Call, Action, Fn or another serializable type";
    }
    return type.equals(object.getClass().getName())
        ? " is a " + type + ", which is not Serializable"
        : " (a " + name(object) + ") holds a " + type + ", which is not Serializable";
  }

  private static String name(Object object) {
    return object.getClass().isHidden() ? "a lambda" : object.getClass().getName();
  }
}
