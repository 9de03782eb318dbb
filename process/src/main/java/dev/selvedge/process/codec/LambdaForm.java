package dev.selvedge.process.codec;

import java.io.IOException;
import java.io.InvalidObjectException;
import java.io.Serializable;
import java.lang.invoke.SerializedLambda;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import org.jspecify.annotations.Nullable;

/// Lambdas and method references of serializable types: a word, and the captured values.
///
/// The compiler gives such a lambda a hidden method `writeReplace`, which describes it, and its
/// class a method `$deserializeLambda$`, which makes it again. The description is the same for all
/// lambdas of a hidden class, so it is made once.
final class LambdaForm implements Form {
  private final Method describe;
  private final boolean captures;
  private final Form contents = this::contents;
  private volatile @Nullable Word word; // made with the first lambda; making it twice does no harm

  private LambdaForm(Method describe, boolean captures) {
    this.describe = describe;
    this.captures = captures;
  }

  /// {@return the form of a hidden class, or null if it is no lambda, or not one that travels so}
  static @Nullable Form of(Class<?> type) {
    if (!Serializable.class.isAssignableFrom(type)) {
      return null;
    }
    try {
      Method describe = type.getDeclaredMethod("writeReplace");
      return describe.trySetAccessible()
          ? new LambdaForm(describe, type.getDeclaredFields().length > 0)
          : null; // its module does not open it
    } catch (NoSuchMethodException e) {
      return null;
    }
  }

  @Override
  public void write(Encoding out, Object value) throws IOException {
    if (captures) {
      out.shared(value, true, contents);
      return;
    }
    Word known = word;
    if (known == null) {
      known = word(describe(value));
    }
    out.tag(Wire.FUNCTION);
    out.word(known);
  }

  private void contents(Encoding out, Object value) throws IOException {
    SerializedLambda lambda = describe(value);
    Word known = word;
    out.tag(Wire.LAMBDA);
    out.word(known == null ? word(lambda) : known);
    out.lambdas().push(lambda);
    for (int i = 0; i < lambda.getCapturedArgCount(); i++) {
      out.value(lambda.getCapturedArg(i));
    }
  }

  private SerializedLambda describe(Object value) throws InvalidObjectException {
    Object description;
    try {
      description = describe.invoke(value);
    } catch (IllegalAccessException | InvocationTargetException e) {
      throw refused(value, e);
    }
    if (description instanceof SerializedLambda lambda) {
      return lambda;
    }
    throw refused(value, null);
  }

  private static InvalidObjectException refused(Object value, @Nullable Exception cause) {
    var refused = new InvalidObjectException(value.getClass() + " does not describe itself");
    refused.initCause(cause);
    return refused;
  }

  private Word word(SerializedLambda lambda) {
    var out = Word.start(Word.Kind.LAMBDA, lambda.getCapturingClass().replace('/', '.'));
    out.putText(lambda.getFunctionalInterfaceClass());
    out.putText(lambda.getFunctionalInterfaceMethodName());
    out.putText(lambda.getFunctionalInterfaceMethodSignature());
    out.putByte(lambda.getImplMethodKind());
    out.putText(lambda.getImplClass());
    out.putText(lambda.getImplMethodName());
    out.putText(lambda.getImplMethodSignature());
    out.putText(lambda.getInstantiatedMethodType());
    out.putCount(lambda.getCapturedArgCount());
    Word made = Word.of(out);
    word = made;
    return made;
  }
}
