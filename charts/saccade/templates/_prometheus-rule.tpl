{{/* Who watches Saccade: what it cannot tell itself. */}}
{{- define "saccade.prometheusGroups" -}}
{{- $rule := .Values.monitoring.prometheusRule -}}
{{- $labels := toYaml $rule.alertLabels -}}
{{- $ours := printf "namespace=%q,pod=~%q" .Release.Namespace (printf "%s-.*" (include "saccade.fullname" .)) -}}
groups:
  - name: saccade
    rules:
      - alert: SaccadeAgentDown
        expr: up{{ "{" }}{{ $ours }},component="agent"{{ "}" }} == 0
        for: {{ $rule.agentDownFor }}
        labels: {{- $labels | nindent 10 }}
        annotations:
          summary: {{ "Node {{ $labels.node }} has no agent of Saccade: nothing is noticed there." | quote }}
      - alert: SaccadeGone
        expr: absent(up{{ "{" }}{{ $ours }},component="{{ include "saccade.keeper" . }}"{{ "}" }} == 1)
        for: 2m
        labels: {{- $labels | nindent 10 }}
        annotations:
          summary: 'Nobody is paged: the part of Saccade that tells does not run.'
      - alert: SaccadeDoesNotWatch
        expr: saccade_agent_signal_attached{{ "{" }}{{ $ours }}{{ "}" }} == 0
        for: 5m
        labels: {{- $labels | nindent 10 }}
        annotations:
          summary: {{ "{{ $labels.signal }} is not watched on {{ $labels.node }}: see /readyz of the agent." | quote }}
      - alert: SaccadeBehind
        expr: saccade_stream_lag_records{{ "{" }}{{ $ours }}{{ "}" }} > {{ $rule.lagRecords | int }}
        for: 2m
        labels: {{- $labels | nindent 10 }}
        annotations:
          summary: {{ "{{ $value }} records wait for stage {{ $labels.stage }} in {{ $labels.pod }}: pages come late." | quote }}
      - alert: SaccadeLosesEvents
        expr: |-
          increase(saccade_agent_probe_events_total{{ "{" }}{{ $ours }},event=~".*_(lost|refused)"{{ "}" }}[10m]) > 0
            or increase(saccade_stream_retired_total{{ "{" }}{{ $ours }},unread="true"{{ "}" }}[10m]) > 0
        labels: {{- $labels | nindent 10 }}
        annotations:
          summary: {{ "{{ $labels.pod }} had to leave out {{ $value }} events: see docs/operations.md." | quote }}
      - alert: SaccadePagesDoNotGetOut
        expr: |-
          saccade_outbox_oldest_seconds{{ "{" }}{{ $ours }}{{ "}" }} > {{ $rule.outboxSeconds | int }}
            or saccade_receiver_ready{{ "{" }}{{ $ours }}{{ "}" }} == 0
        for: 1m
        labels: {{- $labels | nindent 10 }}
        annotations:
          summary: {{ "Receiver {{ $labels.receiver }} does not take messages." | quote }}
      - alert: SaccadeRulesRefused
        expr: increase(saccade_rules_reloads_total{{ "{" }}{{ $ours }},result="refused"{{ "}" }}[1h]) > 0
        labels: {{- $labels | nindent 10 }}
        annotations:
          summary: 'A change of the rules did not take; the rules before it are in force.'
      - alert: SaccadeDeadLetters
        expr: increase(saccade_stream_dead_letters_total{{ "{" }}{{ $ours }}{{ "}" }}[1h]) > 0
        labels: {{- $labels | nindent 10 }}
        annotations:
          summary: {{ "Stage {{ $labels.stage }} could not take {{ $value }} events: saccade dead list." | quote }}
{{- end -}}
