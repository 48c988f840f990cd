import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.javarosa.core.model.FormIndex;
import org.javarosa.core.model.ValidateOutcome;
import org.javarosa.core.model.data.IAnswerData;
import org.javarosa.core.model.instance.TreeElement;
import org.javarosa.core.model.instance.TreeReference;
import org.javarosa.form.api.FormEntryController;
import org.javarosa.form.api.FormEntryModel;
import org.javarosa.xform.util.XFormAnswerDataSerializer;

/**
 * What JavaRosa says of one submission, written into a JSON object:
 *
 * <pre>
 * now         epoch milliseconds before it was opened
 * opened      false if the root has another name; then nothing else is told
 * state       after opening: of each node [path, rows, relevant, stored text or null]
 * validate    if asked for, the answer of FormDef.validate(): null or [path, rows, code]
 * failures    every failing question: [path, rows, code], in the order of the body
 * final       the state after validation
 * saved       the XML that a phone sends after it
 * error       what was thrown, with the stage ("opening", "validation") in front; nothing after it is told
 * incomplete  true if it was thrown because a library is not in the jar of ODK Validate
 * </pre>
 *
 * Paths are below the root; rows are the numbers, from 1, of the instances of repeats around a node, outermost first.
 */
final class Judgement {
    private final OpenForm form;
    private final ObjectNode told;
    private final XFormAnswerDataSerializer serializer = new XFormAnswerDataSerializer();

    Judgement(OpenForm form, ObjectNode told) {
        this.form = form;
        this.told = told;
    }

    void judge(String xml, boolean anew, boolean validate) throws Exception {
        String stage = "opening";
        try {
            if (anew) {
                form.parse();
            }
            told.put("now", System.currentTimeMillis());
            boolean opened = form.open(xml);
            told.put("opened", opened);
            if (!opened) {
                return;
            }
            state(told.putArray("state"));
            stage = "validation";
            ArrayNode failures = walk();
            state(told.putArray("final"));
            told.put("saved", form.saved());
            if (validate) {
                stage = "the second opening";
                form.open(xml);
                stage = "validation";
                ValidateOutcome outcome = form.definition().validate();
                if (outcome == null) {
                    told.putNull("validate");
                } else {
                    failure(told.putArray("validate"), outcome.failedPrompt, outcome.outcome);
                }
            }
            told.set("failures", failures);
        } catch (NoClassDefFoundError fault) {
            told.put("incomplete", true);
            told.put("error", Harness.describe(fault));
        } catch (Exception | StackOverflowError | OutOfMemoryError fault) {
            told.put("error", stage + ": " + Harness.describe(fault));
        }
    }

    /** FormDef.validate(), which ends at the first failing question, going on to the end of the form. */
    private ArrayNode walk() {
        ArrayNode failures = told.arrayNode();
        FormEntryController controller = new FormEntryController(new FormEntryModel(form.definition()));
        controller.jumpToIndex(FormIndex.createBeginningOfFormIndex());
        int event;
        while ((event = controller.stepToNextEvent()) != FormEntryController.EVENT_END_OF_FORM) {
            if (event == FormEntryController.EVENT_QUESTION) {
                FormIndex index = controller.getModel().getFormIndex();
                IAnswerData answer = controller.getModel().getQuestionPrompt().getAnswerValue();
                int code = controller.answerQuestion(index, answer, false);
                if (code != FormEntryController.ANSWER_OK) {
                    failure(failures.addArray(), index, code);
                }
            }
        }
        return failures;
    }

    private void failure(ArrayNode failure, FormIndex index, int code) {
        TreeReference reference = index.getReference();
        place(failure, form.definition().getMainInstance().resolveReference(reference));
        failure.add(code == FormEntryController.ANSWER_REQUIRED_BUT_EMPTY ? "required" : "constraint");
    }

    private void state(ArrayNode state) {
        describe(form.definition().getMainInstance().getRoot(), state);
    }

    private void describe(TreeElement element, ArrayNode state) {
        for (int i = 0; i < element.getNumChildren(); i++) {
            TreeElement child = element.getChildAt(i);
            if (child.getMult() == TreeReference.INDEX_TEMPLATE) {
                continue;
            }
            ArrayNode node = state.addArray();
            place(node, child);
            node.add(child.isRelevant());
            IAnswerData value = child.getValue();
            Object text = value == null ? null : serializer.serializeAnswerData(value, child.getDataType());
            node.add(text == null ? null : text.toString());
            describe(child, state);
        }
    }

    private void place(ArrayNode node, TreeElement element) {
        StringBuilder path = new StringBuilder();
        ArrayNode rows = node.arrayNode();
        for (TreeElement at = element; at.getParent() instanceof TreeElement; at = (TreeElement) at.getParent()) {
            if (at.getParent().getName() == null) {
                break;
            }
            path.insert(0, path.length() == 0 ? at.getName() : at.getName() + "/");
            if (at.isRepeatable()) {
                rows.insert(0, at.getMult() + 1);
            }
        }
        node.add(path.toString());
        node.add(rows);
    }
}
