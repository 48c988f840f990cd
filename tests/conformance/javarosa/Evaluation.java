import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Date;
import org.javarosa.core.model.FormDef;
import org.javarosa.core.model.condition.EvaluationContext;
import org.javarosa.core.model.instance.TreeReference;
import org.javarosa.xpath.XPathConditional;
import org.javarosa.xpath.XPathParseTool;
import org.javarosa.xpath.expr.XPathExpression;
import org.javarosa.xpath.expr.XPathFuncExpr;

/**
 * Evaluates expressions at nodes of an opened submission. Each result is an object with the `kind` of the value ("text",
 * "number", "truth", "moment", "none", or its class), the value `exact` (the bits of a number in hex, the milliseconds of
 * a moment), and as text, number (as text, because JSON has no NaN) and truth; or `load`, what is thrown while it is
 * parsed or its references are collected; or `fault`, what is thrown when it is evaluated.
 */
final class Evaluation {
    private final OpenForm form;
    private final ObjectNode told;

    Evaluation(OpenForm form, ObjectNode told) {
        this.form = form;
        this.told = told;
    }

    /** `asks` are pairs of a place, as "/data/r[2]/n" with the numbers of instances, and an expression. */
    void evaluate(String xml, JsonNode asks) throws Exception {
        form.open(xml);
        told.put("now", System.currentTimeMillis());
        ArrayNode results = told.putArray("results");
        for (JsonNode ask : asks) {
            result(results.addObject(), reference(ask.get(0).asText()), ask.get(1).asText());
        }
    }

    private void result(ObjectNode result, TreeReference place, String text) {
        XPathExpression expression;
        try {
            expression = XPathParseTool.parseXPath(text);
            new XPathConditional(expression).getTriggers(place.genericize());
        } catch (Exception | StackOverflowError fault) {
            result.put("load", Harness.describe(fault));
            return;
        }
        try {
            FormDef definition = form.definition();
            EvaluationContext context = new EvaluationContext(definition.getEvaluationContext(), place);
            Object value = XPathFuncExpr.unpack(expression.eval(definition.getMainInstance(), context));
            result.put("text", XPathFuncExpr.toString(value));
            result.put("number", XPathFuncExpr.toNumeric(value).toString());
            result.put("truth", XPathFuncExpr.toBoolean(value));
            describe(result, value);
        } catch (Exception | LinkageError | StackOverflowError fault) {
            result.put("fault", Harness.describe(fault));
        }
    }

    private static void describe(ObjectNode result, Object value) {
        if (value instanceof Double) {
            result.put("kind", "number").put("exact", Long.toHexString(Double.doubleToRawLongBits((Double) value)));
        } else if (value instanceof Date) {
            result.put("kind", "moment").put("exact", Long.toString(((Date) value).getTime()));
        } else if (value instanceof Boolean) {
            result.put("kind", "truth");
        } else if (value instanceof String) {
            result.put("kind", "text");
        } else {
            result.put("kind", value == null ? "none" : value.getClass().getSimpleName());
        }
    }

    private static TreeReference reference(String place) {
        TreeReference reference = TreeReference.rootRef();
        for (String step : place.substring(1).split("/")) {
            int bracket = step.indexOf('[');
            String name = bracket < 0 ? step : step.substring(0, bracket);
            int number = bracket < 0 ? 1 : Integer.parseInt(step.substring(bracket + 1, step.length() - 1));
            reference.add(name, number - 1);
        }
        return reference;
    }
}
