#!/bin/sh
# Creates our namespace when it is missing, and ends when it can be used. TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE are
# read by the tool itself.
set -eu

# Repeats a command every two seconds for two minutes at the most.
wait_for() {
  attempts_left=60
  until "$@"; do
    attempts_left=$((attempts_left - 1))
    if [ "$attempts_left" -eq 0 ]; then
      echo "The Temporal server at $TEMPORAL_ADDRESS did not answer as it should; read: docker compose logs temporal" >&2
      exit 1
    fi
    sleep 2
  done
}

wait_for temporal operator cluster health

if temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE"; then
  echo "The namespace $TEMPORAL_NAMESPACE is there."
else
  temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention "$TEMPORAL_NAMESPACE_RETENTION"
fi

# What orders are searched by, as in src/domain/operations/search-attributes.ts.
known="$(temporal operator search-attribute list --namespace "$TEMPORAL_NAMESPACE")"
for attribute in OrderStatus:Keyword PaymentStatus:Keyword AttentionCode:Keyword CurrentStep:Keyword StepSince:Datetime \
  CustomerPseudonym:Keyword AmountMinor:Int Currency:Keyword Country:Keyword; do
  if ! echo "$known" | grep -qw "${attribute%%:*}"; then
    temporal operator search-attribute create --namespace "$TEMPORAL_NAMESPACE" \
      --name "${attribute%%:*}" --type "${attribute##*:}"
  fi
done

# The server learns of a new namespace some seconds later; programs that start before would be refused.
wait_for temporal workflow list --namespace "$TEMPORAL_NAMESPACE" --limit 1
